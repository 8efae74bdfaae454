/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of the corpus share. The loop of corpus_fill() makes input; it is checked like the others and
 * left out of the counts.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include <stddef.h>
#include <stdint.h>

/* A function that the host calls. */
#define ENTRY(name) __attribute__((export_name(#name)))

/* Kept from being merged into its caller. */
#define NOINLINE __attribute__((noinline, unused))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Next of a sequence of random numbers; never 0. */
static inline uint32_t corpus_next(uint32_t *state)
{
	uint32_t x = *state ? *state : 1;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

/*
 * Bytes for a seed: below 256 all the same, below 512 each less by one than the one before, below 768 more by one,
 * else random. The worst case of many loops is input without variety.
 */
static NOINLINE void corpus_fill(void *to, uint32_t bytes, uint32_t seed)
{
	uint8_t *out = to;
	uint32_t state = seed;
	uint32_t i;

	for (i = 0; i < bytes; i++) {
		switch (seed >> 8) {
		case 0:
			out[i] = seed;
			break;
		case 1:
			out[i] = seed - i;
			break;
		case 2:
			out[i] = seed + i;
			break;
		default:
			out[i] = corpus_next(&state) >> 11;
		}
	}
}

#endif
