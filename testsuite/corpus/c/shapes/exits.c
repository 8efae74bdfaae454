// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several exits, early exits, tests in the middle and at the end, jumps.
 *
 * entry: find(n: 0..=500, key: 0..=255, seed: any)
 * entry: find_both(n: 0..=500, seed: any)
 * entry: do_while(n: 1..=500)
 * entry: do_while_down(n: 1..=500)
 * entry: test_in_middle(n: 1..=500)
 * entry: continued(n: 0..=500)
 * entry: two_counters(n: 0..=500, m: 0..=300)
 * entry: capped(x: any)
 * entry: capped_down(x: any)
 * entry: retry(seed: any)
 * entry: flag(n: 0..=500)
 * entry: by_goto(n: 0..=500)
 * entry: into_the_middle(n: 0..=400, k: 0..=3)
 * entry: two_entries(n: 0..=500, k: 0..=1)
 * entry: state_machine(n: 0..=300, seed: any)
 * entry: returns_inside(n: 0..=500, key: 0..=255, seed: any)
 * entry: either_step(n: 0..=500, k: any)
 * entry: jumps_ahead(n: 1..=500, k: any)
 * entry: steps_from_data(n: 1..=500, seed: any)
 */
#include "../corpus.h"

static volatile uint32_t sink;
static uint8_t data[512];

ENTRY(find) uint32_t find(uint32_t n, uint32_t key, uint32_t seed)
{
	uint32_t i;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < n; i++)
		if (data[i] == key)
			break;
	return i;
}

ENTRY(find_both) uint32_t find_both(uint32_t n, uint32_t seed)
{
	uint32_t i;
	uint32_t sum = 0;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < n && sum < 100000; i++) {
		if (data[i] == 0)
			return sum;
		sum += data[i];
	}
	return i;
}

ENTRY(do_while) uint32_t do_while(uint32_t n)
{
	uint32_t i = 0;

	do {
		sink += i;
		i++;
	} while (i < n);
	return sink;
}

ENTRY(do_while_down) uint32_t do_while_down(uint32_t n)
{
	do {
		sink += n;
	} while (--n);
	return sink;
}

ENTRY(test_in_middle) uint32_t test_in_middle(uint32_t n)
{
	uint32_t i = 0;

	for (;;) {
		sink += i;
		if (++i >= n)
			break;
		sink ^= i;
	}
	return sink;
}

ENTRY(continued) uint32_t continued(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (i % 3 == 0)
			continue;
		if (i % 5 == 0)
			continue;
		sink += i;
	}
	return sink;
}

ENTRY(two_counters) uint32_t two_counters(uint32_t n, uint32_t m)
{
	while (n > 0 && m > 0) {
		sink += n ^ m;
		n--;
		m--;
	}
	return sink;
}

ENTRY(capped) uint32_t capped(uint32_t x)
{
	uint32_t i;

	/* Whether it reaches 1 at all nobody knows. */
	for (i = 0; x > 1 && i < 400; i++)
		x = x & 1 ? 3 * x + 1 : x / 2;
	return i;
}

ENTRY(capped_down) uint32_t capped_down(uint32_t x)
{
	uint32_t fuel = 300;

	while (x != 0x5eed) {
		x = x * 1664525 + 1013904223;
		if (--fuel == 0)
			return 0;
	}
	return x;
}

ENTRY(retry) uint32_t retry(uint32_t seed)
{
	uint32_t tries = 0;

	do {
		sink += tries;
		if ((corpus_next(&seed) & 0xff) < 16)
			return tries;
	} while (++tries < 100);
	return ~0u;
}

ENTRY(flag) uint32_t flag(uint32_t n)
{
	uint32_t i = 0;
	int going = 1;

	while (going) {
		sink += i;
		i++;
		if (i >= n)
			going = 0;
	}
	return sink;
}

ENTRY(by_goto) uint32_t by_goto(uint32_t n)
{
	uint32_t i = 0;

again:
	if (i >= n)
		goto out;
	sink += i;
	i++;
	if (sink & 1)
		goto again;
	sink ^= i;
	goto again;
out:
	return sink;
}

ENTRY(into_the_middle) uint32_t into_the_middle(uint32_t n, uint32_t k)
{
	uint32_t rounds = n / 4 + 1;

	switch (k & 3) {
	case 0:
		do {
			sink += 1;
			/* fall through */
	case 3:
			sink += 2;
			/* fall through */
	case 2:
			sink += 3;
			/* fall through */
	case 1:
			sink += 4;
		} while (--rounds > 0);
	}
	return sink;
}

ENTRY(two_entries) uint32_t two_entries(uint32_t n, uint32_t k)
{
	uint32_t i = 0;

	if (k)
		goto second;
first:
	sink += i;
second:
	sink ^= i;
	i++;
	if (i < n)
		goto first;
	return sink;
}

ENTRY(state_machine) uint32_t state_machine(uint32_t n, uint32_t seed)
{
	uint32_t i;
	uint32_t state = 0;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < n; i++) {
		switch (state) {
		case 0:
			state = data[i] < 100 ? 1 : 0;
			break;
		case 1:
			state = data[i] < 50 ? 2 : 0;
			break;
		case 2:
			state = 3;
			break;
		default:
			return i;
		}
	}
	return state;
}

ENTRY(returns_inside) uint32_t returns_inside(uint32_t n, uint32_t key, uint32_t seed)
{
	const uint8_t *p = data;

	corpus_fill(data, sizeof(data), seed);
	while (n--) {
		if (*p == key)
			return p - data;
		p++;
	}
	return ~0u;
}

ENTRY(either_step) uint32_t either_step(uint32_t n, uint32_t k)
{
	uint32_t i = 0;

	while (i < n) {
		sink += i;
		if (k & 1)
			i += 1;
		else
			i += 3;
	}
	return sink;
}

ENTRY(jumps_ahead) uint32_t jumps_ahead(uint32_t n, uint32_t k)
{
	uint32_t i = 0;

	while (i < n) {
		sink += i;
		i += 1 + (k & 7);
	}
	return sink;
}

ENTRY(steps_from_data) uint32_t steps_from_data(uint32_t n, uint32_t seed)
{
	uint32_t i = 0;

	corpus_fill(data, sizeof(data), seed);
	while (i < n) {
		sink += i;
		i += (data[i] & 3) + 1;
	}
	return sink;
}
