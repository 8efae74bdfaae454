// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several exits, breaks, conditional steps, two variables.
 *
 * entry: early_break(n: 0..=256, seed: any)
 * entry: two_limits(n: 0..=256, m: 0..=100)
 * entry: two_counters(n: 0..=100)
 * entry: meet_in_the_middle(n: 0..=256, seed: any)
 * entry: conditional_step(n: 0..=200, seed: any)
 * entry: skip_some(n: 0..=200, seed: any)
 * entry: continues(n: 0..=256, seed: any)
 * entry: search_or_fail(n: 0..=256, seed: any, key: 0..=255)
 * entry: either_counter(n: 0..=100, seed: any)
 * entry: retries(seed: any)
 * entry: infinite_with_break(n: 0..=200)
 * entry: goto_loop(n: 0..=200)
 * entry: flag(n: 0..=200, seed: any)
 * entry: switch_in_loop(n: 0..=200, seed: any)
 * entry: ring(n: 0..=100, start: 0..=63)
 * entry: wrap_back(start: 0..=63)
 * entry: swap_variables(n: 0..=60)
 * entry: unbounded_flag(seed: any)
 * unbounded: unbounded_flag -- random numbers that may take their period to get there
 * entry: unbounded_poll(n: 1..=1)
 * unbounded: unbounded_poll -- it waits for a value
 */
#include "../corpus.h"

static volatile uint32_t sink;
static uint32_t table[256];

static void fill(uint32_t seed)
{
	for (uint32_t i = 0; i < 256; i++)
		table[i] = corpus_next(&seed) & 0xff;
}

ENTRY(early_break) void early_break(uint32_t n, uint32_t seed)
{
	fill(seed);
	for (uint32_t i = 0; i < n; i++) {
		if (table[i] == 7)
			break;
		sink = i;
	}
}

ENTRY(two_limits) void two_limits(uint32_t n, uint32_t m)
{
	for (uint32_t i = 0; i < n && i < m; i++)
		sink = i;
}

ENTRY(two_counters) void two_counters(uint32_t n)
{
	uint32_t i = 0, j = n;

	while (i < j) {
		sink = i + j;
		i++;
		j--;
	}
}

ENTRY(meet_in_the_middle) void meet_in_the_middle(uint32_t n, uint32_t seed)
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

ENTRY(conditional_step) void conditional_step(uint32_t n, uint32_t seed)
{
	uint32_t i = 0;

	while (i < n) {
		if (corpus_next(&seed) & 1)
			i += 2;
		else
			i += 1;
		sink = i;
	}
}

ENTRY(skip_some) void skip_some(uint32_t n, uint32_t seed)
{
	for (uint32_t i = 0; i < n; i++) {
		if (corpus_next(&seed) & 1)
			i++;
		sink = i;
	}
}

ENTRY(continues) void continues(uint32_t n, uint32_t seed)
{
	fill(seed);
	for (uint32_t i = 0; i < n; i++) {
		if (table[i] & 1)
			continue;
		if (table[i] == 200)
			return;
		sink = table[i];
	}
}

ENTRY(search_or_fail) int search_or_fail(uint32_t n, uint32_t seed, uint32_t key)
{
	fill(seed);
	for (uint32_t i = 0; i < n; i++)
		if (table[i] == key)
			return (int)i;
	return -1;
}

ENTRY(either_counter) void either_counter(uint32_t n, uint32_t seed)
{
	uint32_t i = 0, j = 0;

	for (;;) {
		if (corpus_next(&seed) & 1) {
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

ENTRY(retries) void retries(uint32_t seed)
{
	for (int tries = 0; tries < 8; tries++) {
		uint32_t x = corpus_next(&seed);

		if ((x & 3) == 0)
			break;
		sink = x;
	}
}

ENTRY(infinite_with_break) void infinite_with_break(uint32_t n)
{
	uint32_t i = 0;

	for (;;) {
		if (i == n)
			break;
		sink = i;
		i++;
	}
}

ENTRY(goto_loop) void goto_loop(uint32_t n)
{
	uint32_t i = 0;

again:
	if (i >= n)
		return;
	sink = i;
	i++;
	goto again;
}

ENTRY(flag) void flag(uint32_t n, uint32_t seed)
{
	int done = 0;

	for (uint32_t i = 0; !done && i < n; i++) {
		if ((corpus_next(&seed) & 63) == 0)
			done = 1;
		sink = i;
	}
}

ENTRY(switch_in_loop) void switch_in_loop(uint32_t n, uint32_t seed)
{
	uint32_t x = 0;

	for (uint32_t i = 0; i < n; i++) {
		switch (corpus_next(&seed) & 7) {
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

ENTRY(ring) void ring(uint32_t n, uint32_t start)
{
	uint32_t at = start;

	for (uint32_t i = 0; i < n; i++) {
		sink = table[at];
		at = (at + 1) & 63;
	}
}

ENTRY(wrap_back) void wrap_back(uint32_t start)
{
	uint32_t steps = 0;

	for (uint32_t i = start; steps < 64; steps++) {
		sink = i;
		i = i == 63 ? 0 : i + 1;
	}
}

ENTRY(swap_variables) void swap_variables(uint32_t n)
{
	uint32_t a = 0, b = 1;

	while (n > 0) {
		uint32_t t = a + b;

		a = b;
		b = t;
		n--;
	}
	sink = a;
}

ENTRY(unbounded_flag) void unbounded_flag(uint32_t seed)
{
	while ((corpus_next(&seed) & 1023) != 0)
		sink = seed;
}

ENTRY(unbounded_poll) void unbounded_poll(uint32_t n)
{
	sink = n;
	while (sink == 0)
		;
}
