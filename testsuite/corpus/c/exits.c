/* SPDX-License-Identifier: GPL-2.0-only */
/* Several exits, breaks, conditional steps, two variables. */
#include "corpus.h"

volatile u32 sink;
static u32 table[256];

static void fill(u32 seed)
{
	for (u32 i = 0; i < 256; i++)
		table[i] = next(&seed) & 0xff;
}

// @fn early_break(n=0..256, seed=*)
EXPORT void early_break(u32 n, u32 seed)
{
	fill(seed);
	for (u32 i = 0; i < n; i++) {
		if (table[i] == 7)
			break;
		sink = i;
	}
}

// @fn two_limits(n=0..256, m=0..100)
EXPORT void two_limits(u32 n, u32 m)
{
	for (u32 i = 0; i < n && i < m; i++)
		sink = i;
}

// @fn two_counters(n=0..100)
EXPORT void two_counters(u32 n)
{
	u32 i = 0, j = n;

	while (i < j) {
		sink = i + j;
		i++;
		j--;
	}
}

// @fn meet_in_the_middle(n=0..256, seed=*)
EXPORT void meet_in_the_middle(u32 n, u32 seed)
{
	int i = 0, j = (int)n - 1;

	fill(seed);
	while (i < j) {
		if (table[i] < table[j])
			i++;
		else
			j--;
	}
	sink = i;
}

// @fn conditional_step(n=0..200, seed=*)
EXPORT void conditional_step(u32 n, u32 seed)
{
	u32 i = 0;

	while (i < n) {
		if (next(&seed) & 1)
			i += 2;
		else
			i += 1;
		sink = i;
	}
}

// @fn skip_some(n=0..200, seed=*)
EXPORT void skip_some(u32 n, u32 seed)
{
	for (u32 i = 0; i < n; i++) {
		if (next(&seed) & 1)
			i++;
		sink = i;
	}
}

// @fn continues(n=0..256, seed=*)
EXPORT void continues(u32 n, u32 seed)
{
	fill(seed);
	for (u32 i = 0; i < n; i++) {
		if (table[i] & 1)
			continue;
		if (table[i] == 200)
			return;
		sink = table[i];
	}
}

// @fn search_or_fail(n=0..256, seed=*, key=0..255)
EXPORT int search_or_fail(u32 n, u32 seed, u32 key)
{
	fill(seed);
	for (u32 i = 0; i < n; i++)
		if (table[i] == key)
			return (int)i;
	return -1;
}

// @fn either_counter(n=0..100, seed=*)
EXPORT void either_counter(u32 n, u32 seed)
{
	u32 i = 0, j = 0;

	for (;;) {
		if (next(&seed) & 1) {
			if (i >= n)
				break;
			i++;
		} else {
			if (j >= n)
				break;
			j++;
		}
		sink = i + j;
	}
}

// @fn retries(seed=*)
EXPORT void retries(u32 seed)
{
	for (int tries = 0; tries < 8; tries++) {
		u32 x = next(&seed);

		if ((x & 3) == 0)
			break;
		sink = x;
	}
}

// @fn infinite_with_break(n=0..200)
EXPORT void infinite_with_break(u32 n)
{
	u32 i = 0;

	for (;;) {
		if (i == n)
			break;
		sink = i;
		i++;
	}
}

// @fn goto_loop(n=0..200)
EXPORT void goto_loop(u32 n)
{
	u32 i = 0;

again:
	if (i >= n)
		return;
	sink = i;
	i++;
	goto again;
}

// @fn flag(n=0..200, seed=*)
EXPORT void flag(u32 n, u32 seed)
{
	int done = 0;

	for (u32 i = 0; !done && i < n; i++) {
		if ((next(&seed) & 63) == 0)
			done = 1;
		sink = i;
	}
}

// @fn switch_in_loop(n=0..200, seed=*)
EXPORT void switch_in_loop(u32 n, u32 seed)
{
	u32 x = 0;

	for (u32 i = 0; i < n; i++) {
		switch (next(&seed) & 7) {
		case 0:
			x += 3;
			break;
		case 1:
			x ^= 5;
			break;
		case 2:
			continue;
		case 3:
			x <<= 1;
			break;
		case 4:
			x -= 9;
			break;
		default:
			x++;
		}
		sink = x;
	}
}

// @fn ring(n=0..100, start=0..63)
EXPORT void ring(u32 n, u32 start)
{
	u32 at = start;

	for (u32 i = 0; i < n; i++) {
		sink = table[at];
		at = (at + 1) & 63;
	}
}

// @fn wrap_back(start=0..63)
EXPORT void wrap_back(u32 start)
{
	u32 steps = 0;

	for (u32 i = start; steps < 64; steps++) {
		sink = i;
		i = i == 63 ? 0 : i + 1;
	}
}

// @fn swap_variables(n=0..60)
EXPORT void swap_variables(u32 n)
{
	u32 a = 0, b = 1;

	while (n > 0) {
		u32 t = a + b;

		a = b;
		b = t;
		n--;
	}
	sink = a;
}

// @fn unbounded_flag(seed=*)
// @unbounded unbounded_flag
EXPORT void unbounded_flag(u32 seed)
{
	while ((next(&seed) & 1023) != 0)
		sink = seed;
}

// @fn unbounded_poll(n=1..1)
// @unbounded unbounded_poll
EXPORT void unbounded_poll(u32 n)
{
	sink = n;
	while (sink == 0)
		;
}
