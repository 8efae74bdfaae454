// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters that go up or down by a constant.
 *
 * entry: up_constant()
 * entry: up_unsigned(n: 0..=200)
 * entry: up_signed(n: -20..=200)
 * entry: up_inclusive(n: 0..=200)
 * entry: up_from(a: 0..=50, n: 0..=200)
 * entry: up_by_three(n: 0..=200)
 * entry: up_by_step(n: 0..=200, step: 1..=8)
 * entry: up_not_equal(n: 0..=200)
 * entry: up_not_equal_by_four(n: 0..=50)
 * entry: down_signed(n: 0..=200)
 * entry: down_to_zero(n: 0..=200)
 * entry: down_not_zero(n: 0..=200)
 * entry: down_by_two(n: 0..=200)
 * entry: do_while(n: 1..=200)
 * entry: do_while_down(n: 1..=200)
 * entry: long_counter(n: 0..=200)
 * entry: byte_counter(n: 0..=255)
 * entry: short_counter(n: 0..=200)
 * entry: guarded(n: any)
 * entry: clamped(n: any)
 * entry: clamped_signed(n: any)
 * entry: masked(n: any)
 * entry: modulo(n: any)
 * entry: shifted(n: any)
 * entry: byte_limit(n: 0..=255)
 * entry: limit_in_local(n: 0..=100)
 * entry: round_up(n: 0..=200)
 * entry: scaled(n: 0..=40)
 * entry: unused_countdown(n: 0..=100)
 * entry: ten_to_the_nine()
 */
#include "../corpus.h"

static volatile uint32_t sink;

ENTRY(up_constant) void up_constant(void)
{
	for (int i = 0; i < 10; i++)
		sink = i;
}

ENTRY(up_unsigned) void up_unsigned(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sink = i;
}

ENTRY(up_signed) void up_signed(int n)
{
	for (int i = 0; i < n; i++)
		sink = i;
}

ENTRY(up_inclusive) void up_inclusive(uint32_t n)
{
	for (uint32_t i = 0; i <= n; i++)
		sink = i;
}

ENTRY(up_from) void up_from(uint32_t a, uint32_t n)
{
	for (uint32_t i = a; i < n; i++)
		sink = i;
}

ENTRY(up_by_three) void up_by_three(uint32_t n)
{
	for (uint32_t i = 0; i < n; i += 3)
		sink = i;
}

ENTRY(up_by_step) void up_by_step(uint32_t n, uint32_t step)
{
	for (uint32_t i = 0; i < n; i += step)
		sink = i;
}

ENTRY(up_not_equal) void up_not_equal(uint32_t n)
{
	for (uint32_t i = 0; i != n; i++)
		sink = i;
}

ENTRY(up_not_equal_by_four) void up_not_equal_by_four(uint32_t n)
{
	for (uint32_t i = 0; i != n * 4; i += 4)
		sink = i;
}

ENTRY(down_signed) void down_signed(int n)
{
	for (int i = n - 1; i >= 0; i--)
		sink = i;
}

ENTRY(down_to_zero) void down_to_zero(uint32_t n)
{
	while (n--)
		sink = n;
}

ENTRY(down_not_zero) void down_not_zero(uint32_t n)
{
	while (n != 0) {
		sink = n;
		n--;
	}
}

ENTRY(down_by_two) void down_by_two(int n)
{
	for (int i = n; i > 0; i -= 2)
		sink = i;
}

ENTRY(do_while) void do_while(uint32_t n)
{
	uint32_t i = 0;

	do {
		sink = i;
		i++;
	} while (i < n);
}

ENTRY(do_while_down) void do_while_down(uint32_t n)
{
	do {
		sink = n;
	} while (--n);
}

ENTRY(long_counter) void long_counter(uint32_t n)
{
	for (uint64_t i = 0; i < n; i++)
		sink = (uint32_t)i;
}

ENTRY(byte_counter) void byte_counter(uint32_t n)
{
	for (uint8_t i = 0; i < (uint8_t)n; i++)
		sink = i;
}

ENTRY(short_counter) void short_counter(uint32_t n)
{
	for (uint16_t i = 0; i < (uint16_t)n; i++)
		sink = i;
}

ENTRY(guarded) void guarded(uint32_t n)
{
	if (n > 128)
		return;
	for (uint32_t i = 0; i < n; i++)
		sink = i;
}

ENTRY(clamped) void clamped(uint32_t n)
{
	uint32_t m = n < 100 ? n : 100;

	for (uint32_t i = 0; i < m; i++)
		sink = i;
}

ENTRY(clamped_signed) void clamped_signed(int n)
{
	if (n > 90)
		n = 90;
	if (n < 10)
		n = 10;
	for (int i = 0; i < n; i++)
		sink = i;
}

ENTRY(masked) void masked(uint32_t n)
{
	for (uint32_t i = 0; i < (n & 63); i++)
		sink = i;
}

ENTRY(modulo) void modulo(uint32_t n)
{
	for (uint32_t i = 0; i < n % 100; i++)
		sink = i;
}

ENTRY(shifted) void shifted(uint32_t n)
{
	uint32_t limit = n >> 25;

	for (uint32_t i = 0; i < limit; i++)
		sink = i;
}

ENTRY(byte_limit) void byte_limit(uint8_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sink = i;
}

ENTRY(limit_in_local) void limit_in_local(uint32_t n)
{
	uint32_t end = n + 7;

	for (uint32_t i = 5; i < end; i++)
		sink = i;
}

ENTRY(round_up) void round_up(uint32_t n)
{
	uint32_t end = (n + 7) & ~7u;

	for (uint32_t i = 0; i < end; i += 8)
		sink = i;
}

ENTRY(scaled) void scaled(uint32_t n)
{
	for (uint32_t i = 0; i < 3 * n + 1; i++)
		sink = i;
}

ENTRY(unused_countdown) void unused_countdown(uint32_t n)
{
	uint32_t x = 1;

	for (uint32_t i = n; i; i--)
		x = x * 3 + 1;
	sink = x;
}

ENTRY(ten_to_the_nine) void ten_to_the_nine(void)
{
	uint32_t x = 1;

	for (uint32_t i = 0; i < 1000; i++) {
		x = x * 5 + i;
		if (x == 0x12345678)
			sink = x;
	}
	sink = x;
}
