// SPDX-License-Identifier: GPL-2.0-only
/*
 * One counter and one exit: up, down, in steps, shifted, multiplied.
 *
 * entry: up(n: 0..=3000)
 * entry: up_signed(n: -50..=3000)
 * entry: up_inclusive(n: 0..=3000)
 * entry: down(n: 0..=3000)
 * entry: down_to_zero(n: 0..=3000)
 * entry: down_signed(n: -50..=3000)
 * entry: strided(n: 0..=3000)
 * entry: strided_down(n: 0..=3000)
 * entry: from_to(a: 0..=1000, b: 0..=3000)
 * entry: not_equal(n: 0..=3000)
 * entry: not_equal_step(n: 0..=700)
 * entry: shifted_right(n: any)
 * entry: shifted_left(n: 1..=1000000)
 * entry: multiplied(n: 1..=1000000)
 * entry: divided(n: any)
 * entry: constant()
 * entry: wide(n: 0..=3000)
 * entry: narrow(n: 0..=255)
 */
#include "../corpus.h"

static volatile uint32_t sink;

ENTRY(up) uint32_t up(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		sink += i;
	return sink;
}

ENTRY(up_signed) uint32_t up_signed(int32_t n)
{
	int32_t i;

	for (i = 0; i < n; i++)
		sink += i;
	return sink;
}

ENTRY(up_inclusive) uint32_t up_inclusive(uint32_t n)
{
	uint32_t i;

	for (i = 1; i <= n; i++)
		sink ^= i;
	return sink;
}

ENTRY(down) uint32_t down(uint32_t n)
{
	uint32_t i;

	for (i = n; i > 0; i--)
		sink += i;
	return sink;
}

ENTRY(down_to_zero) uint32_t down_to_zero(uint32_t n)
{
	while (n--)
		sink += n;
	return sink;
}

ENTRY(down_signed) uint32_t down_signed(int32_t n)
{
	int32_t i;

	for (i = n - 1; i >= 0; i--)
		sink += i;
	return sink;
}

ENTRY(strided) uint32_t strided(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i += 7)
		sink += i;
	return sink;
}

ENTRY(strided_down) uint32_t strided_down(int32_t n)
{
	int32_t i;

	for (i = n; i > 0; i -= 12)
		sink += i;
	return sink;
}

ENTRY(from_to) uint32_t from_to(uint32_t a, uint32_t b)
{
	uint32_t i;

	for (i = a; i < b; i += 3)
		sink += i;
	return sink;
}

ENTRY(not_equal) uint32_t not_equal(uint32_t n)
{
	uint32_t i;

	for (i = 0; i != n; i++)
		sink += i;
	return sink;
}

ENTRY(not_equal_step) uint32_t not_equal_step(uint32_t n)
{
	uint32_t i;

	for (i = 0; i != 4 * n; i += 4)
		sink += i;
	return sink;
}

ENTRY(shifted_right) uint32_t shifted_right(uint32_t n)
{
	while (n) {
		sink += n;
		n >>= 1;
	}
	return sink;
}

ENTRY(shifted_left) uint32_t shifted_left(uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n; i <<= 1)
		sink += i;
	return sink;
}

ENTRY(multiplied) uint32_t multiplied(uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n; i *= 3)
		sink += i;
	return sink;
}

ENTRY(divided) uint32_t divided(uint32_t n)
{
	while (n > 0) {
		sink += n % 10;
		n /= 10;
	}
	return sink;
}

ENTRY(constant) uint32_t constant(void)
{
	uint32_t i;

	for (i = 0; i < 1000; i++)
		sink += i;
	return sink;
}

ENTRY(wide) uint32_t wide(uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		sink += i;
	return sink;
}

ENTRY(narrow) uint32_t narrow(uint32_t n)
{
	uint8_t i;

	for (i = 0; i < (uint8_t)n; i++)
		sink += i;
	return sink;
}
