// SPDX-License-Identifier: GPL-2.0-only
/*
 * Matrices, strings, primes, tables, small numerics.
 *
 * entry: matrix_multiply(n: 0..=16)
 * entry: matrix_transpose(n: 0..=16)
 * entry: matrix_fixed()
 * entry: sieve(n: 2..=1023)
 * entry: trial_division(n: 0..=10000)
 * entry: fibonacci(n: 0..=90)
 * entry: find_word(n: 0..=200, m: 1..=15)
 * entry: compare_text(n: 0..=255)
 * entry: copy_text(n: 0..=255)
 * entry: palindrome(n: 0..=255)
 * entry: edit_distance(n: 0..=15, m: 0..=15)
 * entry: histogram(n: 0..=255)
 * entry: prefix_sums(n: 1..=256)
 * entry: convolve(n: 0..=100, m: 1..=8)
 * entry: collatz_limited(n: 1..=1000)
 * entry: newton_root(n: any)
 * entry: knapsack(items: 0..=16, capacity: 0..=100)
 * entry: gray_codes(bits: 0..=8)
 * entry: bresenham(dx: 0..=200, dy: 0..=200)
 * entry: polynomial(n: 0..=255, at: any)
 */
#include "../corpus.h"

static volatile uint32_t sink;
static int32_t x[16][16], y[16][16], z[16][16];
static uint8_t sieve_flags[1024];
static char text[256], word[16];
static uint32_t cells[256];

ENTRY(matrix_multiply) void matrix_multiply(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++) {
			int32_t sum = 0;

			for (uint32_t k = 0; k < n; k++)
				sum += x[i][k] * y[k][j];
			z[i][j] = sum;
		}
}

ENTRY(matrix_transpose) void matrix_transpose(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n; j++) {
			int32_t t = x[i][j];

			x[i][j] = x[j][i];
			x[j][i] = t;
		}
}

ENTRY(matrix_fixed) void matrix_fixed(void)
{
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 16; j++)
			z[i][j] = x[i][j] + y[i][j];
}

ENTRY(sieve) uint32_t sieve(uint32_t n)
{
	uint32_t count = 0;

	for (uint32_t i = 2; i <= n; i++)
		sieve_flags[i] = 1;
	for (uint32_t i = 2; i * i <= n; i++)
		if (sieve_flags[i])
			for (uint32_t j = i * i; j <= n; j += i)
				sieve_flags[j] = 0;
	for (uint32_t i = 2; i <= n; i++)
		count += sieve_flags[i];
	return count;
}

ENTRY(trial_division) uint32_t trial_division(uint32_t n)
{
	for (uint32_t d = 2; d * d <= n; d++)
		if (n % d == 0)
			return d;
	return n;
}

ENTRY(fibonacci) uint32_t fibonacci(uint32_t n)
{
	uint64_t a = 0, b = 1;

	for (; n; n--) {
		uint64_t t = a + b;

		a = b;
		b = t;
	}
	return (uint32_t)a;
}

ENTRY(find_word) int find_word(uint32_t n, uint32_t m)
{
	for (uint32_t i = 0; i + m <= n; i++) {
		uint32_t j = 0;

		while (j < m && text[i + j] == word[j])
			j++;
		if (j == m)
			return (int)i;
	}
	return -1;
}

ENTRY(compare_text) int compare_text(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (text[i] != (char)cells[i])
			return text[i] - (char)cells[i];
	return 0;
}

ENTRY(copy_text) void copy_text(uint32_t n)
{
	volatile char *to = text;

	for (uint32_t i = 0; i < n; i++)
		*to++ = (char)cells[i];
}

ENTRY(palindrome) int palindrome(uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++)
		if (text[i] != text[n - 1 - i])
			return 0;
	return 1;
}

ENTRY(edit_distance) uint32_t edit_distance(uint32_t n, uint32_t m)
{
	for (uint32_t j = 0; j <= m; j++)
		cells[j] = j;
	for (uint32_t i = 1; i <= n; i++) {
		uint32_t before = cells[0];

		cells[0] = i;
		for (uint32_t j = 1; j <= m; j++) {
			uint32_t up = cells[j];
			uint32_t best = before + (text[i - 1] != word[j - 1]);

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

ENTRY(histogram) void histogram(uint32_t n)
{
	for (uint32_t i = 0; i < 256; i++)
		cells[i] = 0;
	for (uint32_t i = 0; i < n; i++)
		cells[(uint8_t)text[i]]++;
}

ENTRY(prefix_sums) void prefix_sums(uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		cells[i] += cells[i - 1];
}

ENTRY(convolve) void convolve(uint32_t n, uint32_t m)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t sum = 0;

		for (uint32_t j = 0; j < m; j++)
			sum += cells[i + j] * j;
		sink = sum;
	}
}

ENTRY(collatz_limited) uint32_t collatz_limited(uint32_t n)
{
	uint32_t steps = 0;

	while (n != 1 && steps < 200) {
		n = n & 1 ? 3 * n + 1 : n / 2;
		steps++;
	}
	return steps;
}

ENTRY(newton_root) uint32_t newton_root(uint32_t n)
{
	uint32_t guess = n / 2 + 1;

	for (int i = 0; i < 32; i++) {
		uint32_t next_guess = (guess + n / guess) / 2;

		if (next_guess >= guess || next_guess == 0)
			break;
		guess = next_guess;
	}
	return guess;
}

ENTRY(knapsack) uint32_t knapsack(uint32_t items, uint32_t capacity)
{
	for (uint32_t i = 0; i < items; i++) {
		uint32_t weight = (i * 7) % 13 + 1;

		for (uint32_t c = capacity; c >= weight; c--) {
			uint32_t with = cells[c - weight] + i;

			if (with > cells[c])
				cells[c] = with;
		}
	}
	return cells[capacity];
}

ENTRY(gray_codes) void gray_codes(uint32_t bits)
{
	for (uint32_t i = 0; i < 1u << bits; i++)
		sink = i ^ (i >> 1);
}

ENTRY(bresenham) void bresenham(int dx, int dy)
{
	int error = dx / 2, row = 0;

	for (int column = 0; column <= dx; column++) {
		sink = (uint32_t)row;
		error -= dy;
		if (error < 0) {
			row++;
			error += dx;
		}
	}
}

ENTRY(polynomial) uint32_t polynomial(uint32_t n, uint32_t at)
{
	uint32_t value = 0;

	for (uint32_t i = n; i-- > 0;)
		value = value * at + cells[i];
	return value;
}
