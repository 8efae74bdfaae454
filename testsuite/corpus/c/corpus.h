/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the corpus programs share. A line
 *
 *	// @fn name(n=0..64, seed=*)
 *
 * declares an exported function with the ranges of its arguments, both ends included; `*` is any 32-bit number.
 * `// @unbounded name` says that some loop of the function has no bound.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default"), used, noinline))

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;

/* Results are stored here, so that no loop is optimised away. */
extern volatile u32 sink;

/* Next number of a small generator. */
static inline u32 next(u32 *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

#endif /* CORPUS_H */
