/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters that go up or down by a constant. */
#include "corpus.h"

volatile u32 sink;

// @fn up_constant()
EXPORT void up_constant(void)
{
	for (int i = 0; i < 10; i++)
		sink = i;
}

// @fn up_unsigned(n=0..200)
EXPORT void up_unsigned(u32 n)
{
	for (u32 i = 0; i < n; i++)
		sink = i;
}

// @fn up_signed(n=-20..200)
EXPORT void up_signed(int n)
{
	for (int i = 0; i < n; i++)
		sink = i;
}

// @fn up_inclusive(n=0..200)
EXPORT void up_inclusive(u32 n)
{
	for (u32 i = 0; i <= n; i++)
		sink = i;
}

// @fn up_from(a=0..50, n=0..200)
EXPORT void up_from(u32 a, u32 n)
{
	for (u32 i = a; i < n; i++)
		sink = i;
}

// @fn up_by_three(n=0..200)
EXPORT void up_by_three(u32 n)
{
	for (u32 i = 0; i < n; i += 3)
		sink = i;
}

// @fn up_by_step(n=0..200, step=1..8)
EXPORT void up_by_step(u32 n, u32 step)
{
	for (u32 i = 0; i < n; i += step)
		sink = i;
}

// @fn up_not_equal(n=0..200)
EXPORT void up_not_equal(u32 n)
{
	for (u32 i = 0; i != n; i++)
		sink = i;
}

// @fn up_not_equal_by_four(n=0..50)
EXPORT void up_not_equal_by_four(u32 n)
{
	for (u32 i = 0; i != n * 4; i += 4)
		sink = i;
}

// @fn down_signed(n=0..200)
EXPORT void down_signed(int n)
{
	for (int i = n - 1; i >= 0; i--)
		sink = i;
}

// @fn down_to_zero(n=0..200)
EXPORT void down_to_zero(u32 n)
{
	while (n--)
		sink = n;
}

// @fn down_not_zero(n=0..200)
EXPORT void down_not_zero(u32 n)
{
	while (n != 0) {
		sink = n;
		n--;
	}
}

// @fn down_by_two(n=0..200)
EXPORT void down_by_two(int n)
{
	for (int i = n; i > 0; i -= 2)
		sink = i;
}

// @fn do_while(n=1..200)
EXPORT void do_while(u32 n)
{
	u32 i = 0;

	do {
		sink = i;
		i++;
	} while (i < n);
}

// @fn do_while_down(n=1..200)
EXPORT void do_while_down(u32 n)
{
	do {
		sink = n;
	} while (--n);
}

// @fn long_counter(n=0..200)
EXPORT void long_counter(u32 n)
{
	for (u64 i = 0; i < n; i++)
		sink = (u32)i;
}

// @fn byte_counter(n=0..255)
EXPORT void byte_counter(u32 n)
{
	for (u8 i = 0; i < (u8)n; i++)
		sink = i;
}

// @fn short_counter(n=0..200)
EXPORT void short_counter(u32 n)
{
	for (u16 i = 0; i < (u16)n; i++)
		sink = i;
}

// @fn guarded(n=*)
EXPORT void guarded(u32 n)
{
	if (n > 128)
		return;
	for (u32 i = 0; i < n; i++)
		sink = i;
}

// @fn clamped(n=*)
EXPORT void clamped(u32 n)
{
	u32 m = n < 100 ? n : 100;

	for (u32 i = 0; i < m; i++)
		sink = i;
}

// @fn clamped_signed(n=*)
EXPORT void clamped_signed(int n)
{
	if (n > 90)
		n = 90;
	if (n < 10)
		n = 10;
	for (int i = 0; i < n; i++)
		sink = i;
}

// @fn masked(n=*)
EXPORT void masked(u32 n)
{
	for (u32 i = 0; i < (n & 63); i++)
		sink = i;
}

// @fn modulo(n=*)
EXPORT void modulo(u32 n)
{
	for (u32 i = 0; i < n % 100; i++)
		sink = i;
}

// @fn shifted(n=*)
EXPORT void shifted(u32 n)
{
	u32 limit = n >> 25;

	for (u32 i = 0; i < limit; i++)
		sink = i;
}

// @fn byte_limit(n=0..255)
EXPORT void byte_limit(u8 n)
{
	for (u32 i = 0; i < n; i++)
		sink = i;
}

// @fn limit_in_local(n=0..100)
EXPORT void limit_in_local(u32 n)
{
	u32 end = n + 7;

	for (u32 i = 5; i < end; i++)
		sink = i;
}

// @fn round_up(n=0..200)
EXPORT void round_up(u32 n)
{
	u32 end = (n + 7) & ~7u;

	for (u32 i = 0; i < end; i += 8)
		sink = i;
}

// @fn scaled(n=0..40)
EXPORT void scaled(u32 n)
{
	for (u32 i = 0; i < 3 * n + 1; i++)
		sink = i;
}

// @fn unused_countdown(n=0..100)
EXPORT void unused_countdown(u32 n)
{
	u32 x = 1;

	for (u32 i = n; i; i--)
		x = x * 3 + 1;
	sink = x;
}

// @fn ten_to_the_nine()
EXPORT void ten_to_the_nine(void)
{
	u32 x = 1;

	for (u32 i = 0; i < 1000; i++) {
		x = x * 5 + i;
		if (x == 0x12345678)
			sink = x;
	}
	sink = x;
}
