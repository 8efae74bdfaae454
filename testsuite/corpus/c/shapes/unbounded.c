// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loops that have no bound, or none but the width of a type: nothing here may be claimed to end.
 *
 * entry: forever(n: any)
 * unbounded: forever -- no exit
 * entry: odd_never_equal(n: any)
 * unbounded: odd_never_equal -- an even number that goes up by 2 never meets an odd one
 * entry: step_zero(n: any, step: any)
 * unbounded: step_zero -- the step may be 0
 * entry: wraps_unsigned(n: any)
 * unbounded: wraps_unsigned -- an unsigned number is never below 0
 * entry: wraps_inclusive(n: any)
 * unbounded: wraps_inclusive -- the bound may be the largest number
 * entry: wraps_stride(n: any)
 * unbounded: wraps_stride -- the counter may step over the bound and wrap
 * entry: wraps_narrow(n: any)
 * unbounded: wraps_narrow -- a byte never reaches 256
 * entry: collatz(n: any)
 * unbounded: collatz -- the numbers wrap, and whether they reach 1 is not known
 * entry: generator(seed: any)
 * unbounded: generator -- the sequence has a cycle without the value
 * entry: waits(n: any)
 * unbounded: waits -- the variable is volatile
 * entry: back_and_forth(n: any)
 * unbounded: back_and_forth -- up and down by turns
 * entry: doubles_zero(n: any)
 * unbounded: doubles_zero -- 0 doubled is 0
 * entry: shifts_sign(n: any)
 * unbounded: shifts_sign -- a negative number shifted right stays negative
 * entry: moving_bound(n: any)
 * unbounded: moving_bound -- the bound runs away
 * entry: resets(n: any)
 * unbounded: resets -- the counter is set back
 * entry: cyclic_list(n: any)
 * unbounded: cyclic_list -- the list is a ring
 * entry: one_way_steps(n: any)
 * unbounded: one_way_steps -- one way round does not step
 * entry: not_every_round(n: any)
 * unbounded: not_every_round -- the test is not passed in every round
 */
#include "../corpus.h"

static volatile uint32_t sink;
static volatile uint32_t ready;

ENTRY(forever) uint32_t forever(uint32_t n)
{
	for (;;)
		sink += n;
}

ENTRY(odd_never_equal) uint32_t odd_never_equal(uint32_t n)
{
	uint32_t i;

	for (i = n & ~1u; i != (n | 1); i += 2)
		sink += i;
	return sink;
}

ENTRY(step_zero) uint32_t step_zero(uint32_t n, uint32_t step)
{
	uint32_t i;

	for (i = 0; i < (n | 1); i += step & 0xf0)
		sink += i;
	return sink;
}

ENTRY(wraps_unsigned) uint32_t wraps_unsigned(uint32_t n)
{
	uint32_t i;

	for (i = n; i + 1 > 0 || sink != 7; i--)
		sink = i;
	return sink;
}

ENTRY(wraps_inclusive) uint32_t wraps_inclusive(uint32_t n)
{
	uint32_t i;

	for (i = 0; i <= (n | 0xfffffff0); i += 16)
		sink += i;
	return sink;
}

ENTRY(wraps_stride) uint32_t wraps_stride(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < (n | 0xfffffff8); i += 24)
		sink = sink + i;
	return sink;
}

ENTRY(wraps_narrow) uint32_t wraps_narrow(uint32_t n)
{
	uint8_t i;
	uint32_t end = 256 + (n & 15);

	for (i = 0; i < end; i++)
		sink += i;
	return sink;
}

ENTRY(collatz) uint32_t collatz(uint32_t n)
{
	uint32_t steps = 0;

	while (n != 1) {
		n = n & 1 ? 3 * n + 1 : n / 2;
		sink += steps++;
	}
	return steps;
}

ENTRY(generator) uint32_t generator(uint32_t seed)
{
	uint32_t x = seed;

	/* What is odd stays odd. */
	x = (x & ~7u) | 1;
	while (x != 4) {
		x = x * 5;
		sink += x;
	}
	return x;
}

ENTRY(waits) uint32_t waits(uint32_t n)
{
	ready = 0;
	while (!ready)
		sink += n;
	return sink;
}

ENTRY(back_and_forth) uint32_t back_and_forth(uint32_t n)
{
	uint32_t i = 5;

	while (i < 10) {
		i += sink & 1 ? 1 : -1;
		sink = i + 1;
		if (i == 3)
			i = 6;
		if (i > 7)
			i = 5;
	}
	return n;
}

ENTRY(doubles_zero) uint32_t doubles_zero(uint32_t n)
{
	uint32_t i;

	for (i = n & 0; i < 1000; i *= 2)
		sink += i;
	return sink;
}

ENTRY(shifts_sign) uint32_t shifts_sign(uint32_t n)
{
	int32_t x = (int32_t)(n | 0x80000000);

	while (x) {
		sink += x;
		x >>= 1;
	}
	return sink;
}

ENTRY(moving_bound) uint32_t moving_bound(uint32_t n)
{
	uint64_t i = 0, end = 1 + (uint64_t)n;

	while (i < end) {
		i++;
		end++;
		sink += i;
	}
	return sink;
}

ENTRY(resets) uint32_t resets(uint32_t n)
{
	uint32_t i = 0;

	while (i < 100) {
		sink += i;
		i++;
		if (i == 50 + (n & 7))
			i = 0;
	}
	return sink;
}

struct link {
	struct link *next;
};

static struct link ring[3];

ENTRY(cyclic_list) uint32_t cyclic_list(uint32_t n)
{
	struct link *at = &ring[n % 3];

	ring[0].next = &ring[1];
	ring[1].next = &ring[2];
	ring[2].next = &ring[0];
	while (at) {
		sink += 1;
		at = at->next;
	}
	return sink;
}

ENTRY(one_way_steps) uint32_t one_way_steps(uint32_t n)
{
	uint32_t i = 0;

	while (i < 100) {
		sink = n;
		if (sink == ~n)
			i++;
	}
	return sink;
}

ENTRY(not_every_round) uint32_t not_every_round(uint32_t n)
{
	uint32_t i = 0;

	for (;;) {
		sink = n | 1;
		if (!(sink & 1)) {
			if (i >= 100)
				break;
		}
		i++;
	}
	return i;
}
