// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pointers that run to an end, strings, tables of constants.
 *
 * entry: bytes_to_end(n: 0..=512)
 * entry: words_to_end(n: 0..=256)
 * entry: records_to_end(n: 0..=64)
 * entry: whole_array()
 * entry: backwards(n: 0..=256)
 * entry: copy_words(n: 0..=128)
 * entry: text_length(n: 0..=255)
 * entry: table_limit(which: 0..=7)
 * entry: byte_from_memory(n: 0..=255)
 * entry: on_the_stack(n: 0..=32)
 * entry: unrolled_by_hand(n: 0..=200)
 * entry: sum_bytes(n: 0..=512)
 * entry: sum_strided(n: 0..=64)
 */
#include "../corpus.h"

static volatile uint32_t sink;
static uint8_t bytes[512];
static uint32_t words[256];
static char text[256];

static const uint8_t limits[8] = { 3, 5, 8, 13, 21, 34, 55, 89 };

struct record {
	uint32_t key;
	uint32_t value;
	uint32_t weight;
};

static struct record records[64];

ENTRY(bytes_to_end) void bytes_to_end(uint32_t n)
{
	for (const uint8_t *p = bytes, *end = bytes + n; p < end; p++)
		sink = *p;
}

ENTRY(words_to_end) void words_to_end(uint32_t n)
{
	for (const uint32_t *p = words, *end = words + n; p != end; p++)
		sink = *p;
}

ENTRY(records_to_end) void records_to_end(uint32_t n)
{
	for (const struct record *p = records, *end = records + n; p != end; p++)
		sink = p->value;
}

ENTRY(whole_array) void whole_array(void)
{
	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sink = words[i];
}

ENTRY(backwards) void backwards(uint32_t n)
{
	const uint32_t *p = words + n;

	while (p > words)
		sink = *--p;
}

ENTRY(copy_words) void copy_words(uint32_t n)
{
	volatile uint32_t *to = words;
	const uint32_t *from = words + 128;

	while (n--)
		*to++ = *from++;
}

ENTRY(text_length) uint32_t text_length(uint32_t n)
{
	uint32_t length = 0;

	for (uint32_t i = 0; i < n; i++)
		text[i] = 'x';
	text[n] = 0;
	while (length < sizeof(text) && text[length])
		length++;
	return length;
}

ENTRY(table_limit) void table_limit(uint32_t which)
{
	for (uint32_t i = 0; i < limits[which & 7]; i++)
		sink = i;
}

ENTRY(byte_from_memory) void byte_from_memory(uint32_t n)
{
	bytes[3] = (uint8_t)n;
	uint32_t count = *(volatile uint8_t *)&bytes[3];

	for (uint32_t i = 0; i < count; i++)
		sink = i;
}

ENTRY(on_the_stack) void on_the_stack(uint32_t n)
{
	volatile uint32_t local[32];

	for (uint32_t i = 0; i < n; i++)
		local[i] = i;
	for (uint32_t i = 0; i < n; i++)
		sink = local[i];
}

ENTRY(unrolled_by_hand) void unrolled_by_hand(uint32_t n)
{
	uint32_t i = 0;

	for (; i + 4 <= n; i += 4) {
		sink = bytes[i];
		sink = bytes[i + 1];
		sink = bytes[i + 2];
		sink = bytes[i + 3];
	}
	for (; i < n; i++)
		sink = bytes[i];
}

ENTRY(sum_bytes) uint32_t sum_bytes(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += bytes[i];
	return sum;
}

ENTRY(sum_strided) uint32_t sum_strided(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += words[i * 4];
	return sum;
}
