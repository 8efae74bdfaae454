/* SPDX-License-Identifier: GPL-2.0-only */
/* Loops in loops: rectangles, triangles, shared variables. */
#include "corpus.h"

volatile u32 sink;

// @fn rectangle(n=0..30, m=0..30)
EXPORT void rectangle(u32 n, u32 m)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j < m; j++)
			sink = i + j;
}

// @fn triangle_lower(n=0..40)
EXPORT void triangle_lower(u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j < i; j++)
			sink = i + j;
}

// @fn triangle_upper(n=0..40)
EXPORT void triangle_upper(u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = i + 1; j < n; j++)
			sink = i + j;
}

// @fn triangle_inclusive(n=0..40)
EXPORT void triangle_inclusive(u32 n)
{
	for (u32 i = 0; i <= n; i++)
		for (u32 j = 0; j <= i; j++)
			sink = i + j;
}

// @fn cube(n=0..12)
EXPORT void cube(u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j < n; j++)
			for (u32 k = 0; k < n; k++)
				sink = i + j + k;
}

// @fn tetrahedron(n=0..15)
EXPORT void tetrahedron(u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j < i; j++)
			for (u32 k = 0; k < j; k++)
				sink = i + j + k;
}

// @fn blocks(n=0..8)
EXPORT void blocks(u32 n)
{
	for (u32 b = 0; b < n * 8; b += 8)
		for (u32 i = b; i < b + 8; i++)
			sink = i;
}

// @fn inner_doubles(n=0..100)
EXPORT void inner_doubles(u32 n)
{
	for (u32 i = 1; i < n; i++)
		for (u32 j = 1; j < n; j *= 2)
			sink = i + j;
}

// @fn inner_break(n=0..40, seed=*)
EXPORT void inner_break(u32 n, u32 seed)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j < n; j++) {
			if ((next(&seed) & 15) == 0)
				break;
			sink = j;
		}
}

// @fn outer_continue(n=0..40, seed=*)
EXPORT void outer_continue(u32 n, u32 seed)
{
	for (u32 i = 0; i < n; i++) {
		if (next(&seed) & 1)
			continue;
		for (u32 j = n; j > i; j--)
			sink = j;
	}
}

// @fn sequence(n=0..50)
EXPORT void sequence(u32 n)
{
	for (u32 i = 0; i < n; i++)
		sink = i;
	for (u32 i = 0; i < 2 * n; i++)
		sink = i;
	for (u32 i = n; i > 0; i--)
		sink = i;
}

// @fn shared_index(n=0..100, seed=*)
EXPORT void shared_index(u32 n, u32 seed)
{
	u32 i = 0;

	while (i < n) {
		while (i < n && (next(&seed) & 3) != 0) {
			sink = i;
			i++;
		}
		i++;
	}
}

// @fn decreasing_rows(n=0..40)
EXPORT void decreasing_rows(int n)
{
	for (int i = n; i > 0; i--)
		for (int j = i; j > 0; j--)
			sink = i * j;
}

// @fn step_by_row(n=1..64)
EXPORT void step_by_row(u32 n)
{
	for (u32 w = 1; w < n; w *= 2)
		for (u32 i = 0; i < n; i += 2)
			sink = i + w;
}
