// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loops in loops: rectangles, triangles, shared variables.
 *
 * entry: rectangle(n: 0..=30, m: 0..=30)
 * entry: triangle_lower(n: 0..=40)
 * entry: triangle_upper(n: 0..=40)
 * entry: triangle_inclusive(n: 0..=40)
 * entry: cube(n: 0..=12)
 * entry: tetrahedron(n: 0..=15)
 * entry: blocks(n: 0..=8)
 * entry: inner_doubles(n: 0..=100)
 * entry: inner_break(n: 0..=40, seed: any)
 * entry: outer_continue(n: 0..=40, seed: any)
 * entry: sequence(n: 0..=50)
 * entry: shared_index(n: 0..=100, seed: any)
 * entry: decreasing_rows(n: 0..=40)
 * entry: step_by_row(n: 1..=64)
 */
#include "../corpus.h"

static volatile uint32_t sink;

ENTRY(rectangle) void rectangle(uint32_t n, uint32_t m)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < m; j++)
			sink = i + j;
}

ENTRY(triangle_lower) void triangle_lower(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			sink = i + j;
}

ENTRY(triangle_upper) void triangle_upper(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n; j++)
			sink = i + j;
}

ENTRY(triangle_inclusive) void triangle_inclusive(uint32_t n)
{
	for (uint32_t i = 0; i <= n; i++)
		for (uint32_t j = 0; j <= i; j++)
			sink = i + j;
}

ENTRY(cube) void cube(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++)
			for (uint32_t k = 0; k < n; k++)
				sink = i + j + k;
}

ENTRY(tetrahedron) void tetrahedron(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			for (uint32_t k = 0; k < j; k++)
				sink = i + j + k;
}

ENTRY(blocks) void blocks(uint32_t n)
{
	for (uint32_t b = 0; b < n * 8; b += 8)
		for (uint32_t i = b; i < b + 8; i++)
			sink = i;
}

ENTRY(inner_doubles) void inner_doubles(uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t j = 1; j < n; j *= 2)
			sink = i + j;
}

ENTRY(inner_break) void inner_break(uint32_t n, uint32_t seed)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++) {
			if ((corpus_next(&seed) & 15) == 0)
				break;
			sink = j;
		}
}

ENTRY(outer_continue) void outer_continue(uint32_t n, uint32_t seed)
{
	for (uint32_t i = 0; i < n; i++) {
		if (corpus_next(&seed) & 1)
			continue;
		for (uint32_t j = n; j > i; j--)
			sink = j;
	}
}

ENTRY(sequence) void sequence(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sink = i;
	for (uint32_t i = 0; i < 2 * n; i++)
		sink = i;
	for (uint32_t i = n; i > 0; i--)
		sink = i;
}

ENTRY(shared_index) void shared_index(uint32_t n, uint32_t seed)
{
	uint32_t i = 0;

	while (i < n) {
		while (i < n && (corpus_next(&seed) & 3) != 0) {
			sink = i;
			i++;
		}
		i++;
	}
}

ENTRY(decreasing_rows) void decreasing_rows(int n)
{
	for (int i = n; i > 0; i--)
		for (int j = i; j > 0; j--)
			sink = i * j;
}

ENTRY(step_by_row) void step_by_row(uint32_t n)
{
	for (uint32_t w = 1; w < n; w *= 2)
		for (uint32_t i = 0; i < n; i += 2)
			sink = i + w;
}
