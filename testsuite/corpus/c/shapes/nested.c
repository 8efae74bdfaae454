// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loops in loops: rectangles, triangles, and inner bounds that follow the outer variable in other ways.
 *
 * entry: rectangle(n: 0..=60, m: 0..=50)
 * entry: triangle(n: 0..=90)
 * entry: upper_triangle(n: 0..=90)
 * entry: pyramid(n: 0..=30)
 * entry: harmonic(n: 1..=300)
 * entry: log_inside(n: 1..=300)
 * entry: log_outside(n: 1..=2000)
 * entry: shared_counter(n: 0..=400)
 * entry: reset_inside(n: 0..=60)
 * entry: three_deep(n: 0..=16)
 * entry: blocked(n: 0..=100)
 * entry: inner_skips(n: 0..=300)
 * entry: sequence(n: 0..=300)
 * entry: halving_inner(n: 1..=512)
 */
#include "../corpus.h"

static volatile uint32_t sink;

ENTRY(rectangle) uint32_t rectangle(uint32_t n, uint32_t m)
{
	uint32_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			sink += i ^ j;
	return sink;
}

ENTRY(triangle) uint32_t triangle(uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			sink += i ^ j;
	return sink;
}

ENTRY(upper_triangle) uint32_t upper_triangle(uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			sink += i ^ j;
	return sink;
}

ENTRY(pyramid) uint32_t pyramid(uint32_t n)
{
	uint32_t i, j, k;

	for (i = 0; i < n; i++)
		for (j = 0; j <= i; j++)
			for (k = 0; k <= j; k++)
				sink += k;
	return sink;
}

ENTRY(harmonic) uint32_t harmonic(uint32_t n)
{
	uint32_t i, j;

	for (i = 1; i <= n; i++)
		for (j = i; j <= n; j += i)
			sink += j;
	return sink;
}

ENTRY(log_inside) uint32_t log_inside(uint32_t n)
{
	uint32_t i, j;

	for (i = 1; i <= n; i++)
		for (j = i; j; j >>= 1)
			sink += j;
	return sink;
}

ENTRY(log_outside) uint32_t log_outside(uint32_t n)
{
	uint32_t i, j;

	for (i = 1; i < n; i *= 2)
		for (j = 0; j < i; j++)
			sink += j;
	return sink;
}

ENTRY(shared_counter) uint32_t shared_counter(uint32_t n)
{
	uint32_t i = 0;

	while (i < n) {
		while (i < n && (i & 15) != 15) {
			sink += i;
			i++;
		}
		sink ^= i;
		i++;
	}
	return sink;
}

ENTRY(reset_inside) uint32_t reset_inside(uint32_t n)
{
	uint32_t i = 0, j = 0;

	while (i < n) {
		sink += j;
		if (++j == 20) {
			j = 0;
			i++;
		}
	}
	return sink;
}

ENTRY(three_deep) uint32_t three_deep(uint32_t n)
{
	uint32_t i, j, k;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			for (k = 0; k < n; k++)
				sink += i + j * k;
	return sink;
}

ENTRY(blocked) uint32_t blocked(uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i += 8) {
		uint32_t end = i + 8 < n ? i + 8 : n;

		for (j = i; j < end; j++)
			sink += j;
	}
	return sink;
}

ENTRY(inner_skips) uint32_t inner_skips(uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i++) {
		if (i % 10)
			continue;
		for (j = 0; j < 10; j++)
			sink += i + j;
	}
	return sink;
}

ENTRY(sequence) uint32_t sequence(uint32_t n)
{
	uint32_t i = 0;

	for (; i < n / 2; i++)
		sink += i;
	for (; i < n; i++)
		sink ^= i;
	return sink;
}

ENTRY(halving_inner) uint32_t halving_inner(uint32_t n)
{
	uint32_t j;

	while (n) {
		for (j = 0; j < n; j++)
			sink += j;
		n /= 2;
	}
	return sink;
}
