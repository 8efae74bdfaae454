/* SPDX-License-Identifier: GPL-2.0-only */
/* Loops that halve, double, strip bits. */
#include "corpus.h"

volatile u32 sink;
static u32 sorted[256];

// @fn halve(n=*)
EXPORT void halve(u32 n)
{
	while (n) {
		sink = n;
		n >>= 1;
	}
}

// @fn halve_signed(n=0..1000000)
EXPORT void halve_signed(int n)
{
	while (n > 0) {
		sink = n;
		n /= 2;
	}
}

// @fn double_up(n=1..100000)
EXPORT void double_up(u32 n)
{
	for (u32 i = 1; i < n; i <<= 1)
		sink = i;
}

// @fn multiply_three(n=1..100000)
EXPORT void multiply_three(u32 n)
{
	for (u32 i = 1; i < n; i *= 3)
		sink = i;
}

// @fn digits(n=*)
EXPORT void digits(u32 n)
{
	do {
		sink = n % 10;
		n /= 10;
	} while (n);
}

// @fn digits_base(n=*, base=2..36)
EXPORT void digits_base(u32 n, u32 base)
{
	while (n) {
		sink = n % base;
		n /= base;
	}
}

// @fn drop_bits(n=*)
EXPORT void drop_bits(u32 n)
{
	while (n) {
		sink = n;
		n &= n - 1;
	}
}

// @fn drop_bits_long(a=*, b=*)
EXPORT void drop_bits_long(u32 a, u32 b)
{
	u64 n = ((u64)a << 32) | b;

	while (n) {
		sink = (u32)n;
		n &= n - 1;
	}
}

// @fn top_bit()
EXPORT void top_bit(void)
{
	for (u32 bit = 0x80000000u; bit; bit >>= 1)
		sink = bit;
}

// @fn bits_up()
EXPORT void bits_up(void)
{
	for (u32 bit = 1; bit; bit <<= 1)
		sink = bit;
}

// @fn binary_search(n=0..256, key=*)
EXPORT int binary_search(u32 n, u32 key)
{
	u32 lo = 0, hi = n;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (sorted[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (int)lo;
}

// @fn binary_search_sum(n=0..256, key=*)
EXPORT int binary_search_sum(int n, u32 key)
{
	int lo = 0, hi = n - 1;

	while (lo <= hi) {
		int mid = (lo + hi) / 2;

		if (sorted[mid] == key)
			return mid;
		if (sorted[mid] < key)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return -1;
}

// @fn shrink_size(n=0..256, key=*)
EXPORT u32 shrink_size(u32 n, u32 key)
{
	u32 base = 0;

	while (n > 1) {
		u32 half = n / 2;

		if (sorted[base + half] <= key)
			base += half;
		n -= half;
	}
	return base;
}

// @fn gcd(a=*, b=*)
EXPORT u32 gcd(u32 a, u32 b)
{
	while (b) {
		u32 t = a % b;

		a = b;
		b = t;
	}
	return a;
}

// @fn power(x=*, n=*)
EXPORT u32 power(u32 x, u32 n)
{
	u32 result = 1;

	while (n) {
		if (n & 1)
			result *= x;
		x *= x;
		n >>= 1;
	}
	return result;
}

// @fn square_root(n=*)
EXPORT u32 square_root(u32 n)
{
	u32 root = 0;

	for (u32 bit = 1u << 30; bit; bit >>= 2) {
		if (n >= root + bit) {
			n -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}
