// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loops that halve, double, strip bits.
 *
 * entry: halve(n: any)
 * entry: halve_signed(n: 0..=1000000)
 * entry: double_up(n: 1..=100000)
 * entry: multiply_three(n: 1..=100000)
 * entry: digits(n: any)
 * entry: digits_base(n: any, base: 2..=36)
 * entry: drop_bits(n: any)
 * entry: drop_bits_long(a: any, b: any)
 * entry: top_bit()
 * entry: bits_up()
 * entry: binary_search(n: 0..=256, key: any)
 * entry: binary_search_sum(n: 0..=256, key: any)
 * entry: shrink_size(n: 0..=256, key: any)
 * entry: gcd(a: any, b: any)
 * entry: power(x: any, n: any)
 * entry: square_root(n: any)
 */
#include "../corpus.h"

static volatile uint32_t sink;
static uint32_t sorted[256];

ENTRY(halve) void halve(uint32_t n)
{
	while (n) {
		sink = n;
		n >>= 1;
	}
}

ENTRY(halve_signed) void halve_signed(int n)
{
	while (n > 0) {
		sink = n;
		n /= 2;
	}
}

ENTRY(double_up) void double_up(uint32_t n)
{
	for (uint32_t i = 1; i < n; i <<= 1)
		sink = i;
}

ENTRY(multiply_three) void multiply_three(uint32_t n)
{
	for (uint32_t i = 1; i < n; i *= 3)
		sink = i;
}

ENTRY(digits) void digits(uint32_t n)
{
	do {
		sink = n % 10;
		n /= 10;
	} while (n);
}

ENTRY(digits_base) void digits_base(uint32_t n, uint32_t base)
{
	while (n) {
		sink = n % base;
		n /= base;
	}
}

ENTRY(drop_bits) void drop_bits(uint32_t n)
{
	while (n) {
		sink = n;
		n &= n - 1;
	}
}

ENTRY(drop_bits_long) void drop_bits_long(uint32_t a, uint32_t b)
{
	uint64_t n = ((uint64_t)a << 32) | b;

	while (n) {
		sink = (uint32_t)n;
		n &= n - 1;
	}
}

ENTRY(top_bit) void top_bit(void)
{
	for (uint32_t bit = 0x80000000u; bit; bit >>= 1)
		sink = bit;
}

ENTRY(bits_up) void bits_up(void)
{
	for (uint32_t bit = 1; bit; bit <<= 1)
		sink = bit;
}

ENTRY(binary_search) int binary_search(uint32_t n, uint32_t key)
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (sorted[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (int)lo;
}

ENTRY(binary_search_sum) int binary_search_sum(int n, uint32_t key)
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

ENTRY(shrink_size) uint32_t shrink_size(uint32_t n, uint32_t key)
{
	uint32_t base = 0;

	while (n > 1) {
		uint32_t half = n / 2;

		if (sorted[base + half] <= key)
			base += half;
		n -= half;
	}
	return base;
}

ENTRY(gcd) uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t t = a % b;

		a = b;
		b = t;
	}
	return a;
}

ENTRY(power) uint32_t power(uint32_t x, uint32_t n)
{
	uint32_t result = 1;

	while (n) {
		if (n & 1)
			result *= x;
		x *= x;
		n >>= 1;
	}
	return result;
}

ENTRY(square_root) uint32_t square_root(uint32_t n)
{
	uint32_t root = 0;

	for (uint32_t bit = 1u << 30; bit; bit >>= 2) {
		if (n >= root + bit) {
			n -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}
