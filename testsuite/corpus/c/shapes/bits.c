// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loops over bits and over numbers that shrink.
 *
 * entry: popcount(x: any)
 * entry: parity(x: any)
 * entry: lowest_bits(x: any)
 * entry: reverse(x: any)
 * entry: isqrt(x: any)
 * entry: gcd(a: 0..=4294967295, b: 0..=4294967295)
 * run: gcd(1836311903, 2971215073)
 * entry: gcd_small(a: 0..=1000, b: 0..=1000)
 * run: gcd_small(610, 987)
 * entry: gcd_binary(a: 1..=1000000, b: 1..=1000000)
 * run: gcd_binary(524289, 999999)
 * entry: power(base: any, exponent: any)
 * entry: power_wide(base: any, exponent: any)
 * entry: digits(x: any)
 * entry: digital_root(x: any)
 * entry: log_of(x: 1..=1000000)
 * entry: trailing(x: any)
 * run: trailing(-2147483648)
 * entry: newton(x: any)
 * entry: bisect(x: 0..=1000000)
 * entry: subsets(mask: 0..=1023)
 * entry: gray(bits: 0..=10)
 * entry: square_by_odds(n: 0..=10000)
 * entry: long_division(a: any, b: 1..=1000000)
 */
#include "../corpus.h"

static volatile uint32_t sink;

ENTRY(popcount) uint32_t popcount(uint32_t x)
{
	uint32_t n = 0;

	while (x) {
		x &= x - 1;
		n++;
		sink += n;
	}
	return n;
}

ENTRY(parity) uint32_t parity(uint64_t x)
{
	uint32_t odd = 0;

	for (; x; x >>= 1) {
		odd ^= x & 1;
		sink += odd;
	}
	return odd;
}

ENTRY(lowest_bits) uint32_t lowest_bits(uint32_t x)
{
	while (x) {
		uint32_t low = x & -x;

		sink += low;
		x ^= low;
	}
	return sink;
}

ENTRY(reverse) uint32_t reverse(uint32_t x)
{
	uint32_t out = 0;
	int i;

	for (i = 31; i >= 0; i--) {
		out |= (x & 1) << i;
		x >>= 1;
		sink += out;
	}
	return out;
}

ENTRY(isqrt) uint32_t isqrt(uint32_t x)
{
	uint32_t root = 0;
	uint32_t bit = 1u << 30;

	while (bit > x)
		bit >>= 2;
	while (bit) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
		bit >>= 2;
	}
	return root;
}

ENTRY(gcd) uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

ENTRY(gcd_small) uint32_t gcd_small(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

ENTRY(gcd_binary) uint32_t gcd_binary(uint32_t a, uint32_t b)
{
	while (a != b) {
		if (a & 1) {
			if (!(b & 1))
				b >>= 1;
			else if (a > b)
				a -= b;
			else
				b -= a;
		} else {
			a >>= 1;
		}
	}
	return a;
}

ENTRY(power) uint32_t power(uint32_t base, uint32_t exponent)
{
	uint32_t out = 1;

	while (exponent) {
		if (exponent & 1)
			out *= base;
		base *= base;
		exponent >>= 1;
	}
	return out;
}

ENTRY(power_wide) uint64_t power_wide(uint64_t base, uint64_t exponent)
{
	uint64_t out = 1;

	for (; exponent; exponent /= 2) {
		if (exponent % 2)
			out *= base;
		base *= base;
	}
	return out;
}

ENTRY(digits) uint32_t digits(uint64_t x)
{
	uint32_t n = 0;

	do {
		n++;
		sink += n;
		x /= 10;
	} while (x);
	return n;
}

ENTRY(digital_root) uint32_t digital_root(uint32_t x)
{
	while (x > 9) {
		uint32_t sum = 0;

		while (x) {
			sum += x % 10;
			x /= 10;
		}
		x = sum;
	}
	return x;
}

ENTRY(log_of) uint32_t log_of(uint32_t x)
{
	uint32_t n = 0;

	while (x > 1) {
		x = (x + 1) / 2;
		n++;
		sink += n;
	}
	return n;
}

ENTRY(trailing) uint32_t trailing(uint32_t x)
{
	uint32_t n = 0;

	if (!x)
		return 32;
	while (!(x & 1)) {
		x >>= 1;
		n++;
		sink += n;
	}
	return n;
}

ENTRY(newton) uint32_t newton(uint32_t x)
{
	double root = x > 1 ? x / 2.0 : x;
	int i;

	for (i = 0; i < 40; i++) {
		double next = root == 0 ? 0 : (root + x / root) / 2;

		if (next >= root)
			break;
		root = next;
	}
	return (uint32_t)root;
}

ENTRY(bisect) uint32_t bisect(uint32_t x)
{
	uint32_t lo = 0, hi = 1024;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (mid * mid <= x)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

ENTRY(subsets) uint32_t subsets(uint32_t mask)
{
	uint32_t sub = mask;

	while (sub) {
		sink += sub;
		sub = (sub - 1) & mask;
	}
	return sink;
}

ENTRY(gray) uint32_t gray(uint32_t bits)
{
	uint32_t i;

	for (i = 0; i < 1u << bits; i++)
		sink ^= i ^ (i >> 1);
	return sink;
}

ENTRY(square_by_odds) uint32_t square_by_odds(int32_t n)
{
	int32_t odd = 1, root = 0;

	while (n >= odd) {
		n -= odd;
		odd += 2;
		root++;
		sink += root;
	}
	return root;
}

ENTRY(long_division) uint32_t long_division(uint32_t a, uint32_t b)
{
	uint64_t rest = a;
	uint32_t quotient = 0;
	int shift;

	for (shift = 31; shift >= 0; shift--) {
		if (rest >= (uint64_t)b << shift) {
			rest -= (uint64_t)b << shift;
			quotient |= 1u << shift;
		}
	}
	return quotient;
}
