/* SPDX-License-Identifier: GPL-2.0-only */
/* Matrices, strings, primes, tables, small numerics. */
#include "corpus.h"

volatile u32 sink;
static i32 x[16][16], y[16][16], z[16][16];
static u8 sieve_flags[1024];
static char text[256], word[16];
static u32 cells[256];

// @fn matrix_multiply(n=0..16)
EXPORT void matrix_multiply(u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j < n; j++) {
			i32 sum = 0;

			for (u32 k = 0; k < n; k++)
				sum += x[i][k] * y[k][j];
			z[i][j] = sum;
		}
}

// @fn matrix_transpose(n=0..16)
EXPORT void matrix_transpose(u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = i + 1; j < n; j++) {
			i32 t = x[i][j];

			x[i][j] = x[j][i];
			x[j][i] = t;
		}
}

// @fn matrix_fixed()
EXPORT void matrix_fixed(void)
{
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 16; j++)
			z[i][j] = x[i][j] + y[i][j];
}

// @fn sieve(n=2..1023)
EXPORT u32 sieve(u32 n)
{
	u32 count = 0;

	for (u32 i = 2; i <= n; i++)
		sieve_flags[i] = 1;
	for (u32 i = 2; i * i <= n; i++)
		if (sieve_flags[i])
			for (u32 j = i * i; j <= n; j += i)
				sieve_flags[j] = 0;
	for (u32 i = 2; i <= n; i++)
		count += sieve_flags[i];
	return count;
}

// @fn trial_division(n=0..10000)
EXPORT u32 trial_division(u32 n)
{
	for (u32 d = 2; d * d <= n; d++)
		if (n % d == 0)
			return d;
	return n;
}

// @fn fibonacci(n=0..90)
EXPORT u32 fibonacci(u32 n)
{
	u64 a = 0, b = 1;

	for (; n; n--) {
		u64 t = a + b;

		a = b;
		b = t;
	}
	return (u32)a;
}

// @fn find_word(n=0..200, m=1..15)
EXPORT int find_word(u32 n, u32 m)
{
	for (u32 i = 0; i + m <= n; i++) {
		u32 j = 0;

		while (j < m && text[i + j] == word[j])
			j++;
		if (j == m)
			return (int)i;
	}
	return -1;
}

// @fn compare_text(n=0..255)
EXPORT int compare_text(u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (text[i] != (char)cells[i])
			return text[i] - (char)cells[i];
	return 0;
}

// @fn copy_text(n=0..255)
EXPORT void copy_text(u32 n)
{
	volatile char *to = text;

	for (u32 i = 0; i < n; i++)
		*to++ = (char)cells[i];
}

// @fn palindrome(n=0..255)
EXPORT int palindrome(u32 n)
{
	for (u32 i = 0; i < n / 2; i++)
		if (text[i] != text[n - 1 - i])
			return 0;
	return 1;
}

// @fn edit_distance(n=0..15, m=0..15)
EXPORT u32 edit_distance(u32 n, u32 m)
{
	for (u32 j = 0; j <= m; j++)
		cells[j] = j;
	for (u32 i = 1; i <= n; i++) {
		u32 before = cells[0];

		cells[0] = i;
		for (u32 j = 1; j <= m; j++) {
			u32 up = cells[j];
			u32 best = before + (text[i - 1] != word[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (cells[j - 1] + 1 < best)
				best = cells[j - 1] + 1;
			before = up;
			cells[j] = best;
		}
	}
	return cells[m];
}

// @fn histogram(n=0..255)
EXPORT void histogram(u32 n)
{
	for (u32 i = 0; i < 256; i++)
		cells[i] = 0;
	for (u32 i = 0; i < n; i++)
		cells[(u8)text[i]]++;
}

// @fn prefix_sums(n=1..256)
EXPORT void prefix_sums(u32 n)
{
	for (u32 i = 1; i < n; i++)
		cells[i] += cells[i - 1];
}

// @fn convolve(n=0..100, m=1..8)
EXPORT void convolve(u32 n, u32 m)
{
	for (u32 i = 0; i < n; i++) {
		u32 sum = 0;

		for (u32 j = 0; j < m; j++)
			sum += cells[i + j] * j;
		sink = sum;
	}
}

// @fn collatz_limited(n=1..1000)
EXPORT u32 collatz_limited(u32 n)
{
	u32 steps = 0;

	while (n != 1 && steps < 200) {
		n = n & 1 ? 3 * n + 1 : n / 2;
		steps++;
	}
	return steps;
}

// @fn newton_root(n=*)
EXPORT u32 newton_root(u32 n)
{
	u32 guess = n / 2 + 1;

	for (int i = 0; i < 32; i++) {
		u32 next_guess = (guess + n / guess) / 2;

		if (next_guess >= guess || next_guess == 0)
			break;
		guess = next_guess;
	}
	return guess;
}

// @fn knapsack(items=0..16, capacity=0..100)
EXPORT u32 knapsack(u32 items, u32 capacity)
{
	for (u32 i = 0; i < items; i++) {
		u32 weight = (i * 7) % 13 + 1;

		for (u32 c = capacity; c >= weight; c--) {
			u32 with = cells[c - weight] + i;

			if (with > cells[c])
				cells[c] = with;
		}
	}
	return cells[capacity];
}

// @fn gray_codes(bits=0..8)
EXPORT void gray_codes(u32 bits)
{
	for (u32 i = 0; i < 1u << bits; i++)
		sink = i ^ (i >> 1);
}

// @fn bresenham(dx=0..200, dy=0..200)
EXPORT void bresenham(int dx, int dy)
{
	int error = dx / 2, row = 0;

	for (int column = 0; column <= dx; column++) {
		sink = (u32)row;
		error -= dy;
		if (error < 0) {
			row++;
			error += dx;
		}
	}
}

// @fn polynomial(n=0..255, at=*)
EXPORT u32 polynomial(u32 n, u32 at)
{
	u32 value = 0;

	for (u32 i = n; i-- > 0;)
		value = value * at + cells[i];
	return value;
}
