// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks of memory that one operation copies or sets: what it costs depends on a length that is constant, bounded,
 * masked, cut to fewer bits, read from memory or given by a caller. All calls become `memory.copy` and `memory.fill`.
 *
 * entry: constant(n: 0..=60, seed: any)
 * entry: constant_once(seed: any)
 * entry: of_parameter(n: 0..=2048)
 * entry: masked(n: any, rounds: 0..=40)
 * entry: cut_to_a_byte(n: any, rounds: 0..=40)
 * entry: smaller_of_two(n: any, rounds: 0..=40)
 * entry: growing(n: 0..=40)
 * run: growing(40)
 * entry: from_memory(n: 0..=2048)
 * run: from_memory(2048)
 * entry: through_a_call(n: 0..=100)
 */
#include "../corpus.h"

/* A function whose length comes from its callers. */
static NOINLINE void *copy(void *to, const void *from, size_t bytes)
{
	return __builtin_memcpy(to, from, bytes);
}

struct block {
	uint8_t bytes[640];
};

static uint8_t from[4096], to[4096];
static struct block blocks[64];
static volatile uint32_t length;

ENTRY(constant) uint32_t constant(uint32_t n, uint32_t seed)
{
	uint32_t i;

	blocks[0].bytes[3] = seed;
	for (i = 0; i < n; i++)
		__builtin_memcpy(&blocks[i + 1], &blocks[i], sizeof(struct block));
	return blocks[n].bytes[3];
}

ENTRY(constant_once) uint32_t constant_once(uint32_t seed)
{
	__builtin_memset(to, seed, 3000);
	return to[2999];
}

ENTRY(of_parameter) uint32_t of_parameter(uint32_t n)
{
	__builtin_memcpy(to, from, n);
	__builtin_memset(from, 7, n + 16);
	return to[0];
}

ENTRY(masked) uint32_t masked(uint32_t n, uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds; i++)
		__builtin_memcpy(to + i, from, (n + i) & 1023);
	return to[5];
}

ENTRY(cut_to_a_byte) uint32_t cut_to_a_byte(uint32_t n, uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds; i++)
		__builtin_memset(to, i, (uint8_t)(n * 40000 + i));
	return to[5];
}

ENTRY(smaller_of_two) uint32_t smaller_of_two(uint32_t n, uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds; i++)
		__builtin_memset(to, i, n < 900 ? n : 900);
	return to[5];
}

ENTRY(growing) uint32_t growing(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		__builtin_memset(to, i, i * 64);
	return to[5];
}

/* Nobody knows what is in memory: as much as memory has. */
ENTRY(from_memory) uint32_t from_memory(uint32_t n)
{
	length = n;
	__builtin_memset(to, 1, length);
	return to[5];
}

ENTRY(through_a_call) uint32_t through_a_call(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		copy(to, from, 8 * i);
	return to[5];
}
