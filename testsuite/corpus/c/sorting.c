/* SPDX-License-Identifier: GPL-2.0-only */
/* Well-known sorting and selection algorithms on a fixed array. */
#include "corpus.h"

volatile u32 sink;
static u32 a[128];
static u32 b[128];

static u32 state;

static u32 draw(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

static void fill(u32 n, u32 seed)
{
	state = seed;
	for (u32 i = 0; i < n; i++)
		a[i] = draw();
}

// @fn insertion_sort(n=0..64, seed=*)
EXPORT void insertion_sort(u32 n, u32 seed)
{
	fill(n, seed);
	for (u32 i = 1; i < n; i++) {
		u32 x = a[i], j = i;

		while (j > 0 && a[j - 1] > x) {
			a[j] = a[j - 1];
			j--;
		}
		a[j] = x;
	}
}

// @fn selection_sort(n=0..64, seed=*)
EXPORT void selection_sort(u32 n, u32 seed)
{
	fill(n, seed);
	for (u32 i = 0; i + 1 < n; i++) {
		u32 min = i;

		for (u32 j = i + 1; j < n; j++)
			if (a[j] < a[min])
				min = j;
		u32 t = a[i];

		a[i] = a[min];
		a[min] = t;
	}
}

// @fn bubble_sort(n=0..64, seed=*)
EXPORT void bubble_sort(u32 n, u32 seed)
{
	fill(n, seed);
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j + 1 < n - i; j++)
			if (a[j] > a[j + 1]) {
				u32 t = a[j];

				a[j] = a[j + 1];
				a[j + 1] = t;
			}
}

// @fn shell_sort(n=0..64, seed=*)
EXPORT void shell_sort(u32 n, u32 seed)
{
	fill(n, seed);
	for (u32 gap = n / 2; gap > 0; gap /= 2)
		for (u32 i = gap; i < n; i++) {
			u32 x = a[i], j = i;

			for (; j >= gap && a[j - gap] > x; j -= gap)
				a[j] = a[j - gap];
			a[j] = x;
		}
}

// @fn counting_sort(n=0..128, seed=*)
EXPORT void counting_sort(u32 n, u32 seed)
{
	static u32 count[16];
	u32 at = 0;

	fill(n, seed);
	for (u32 i = 0; i < 16; i++)
		count[i] = 0;
	for (u32 i = 0; i < n; i++)
		count[a[i] & 15]++;
	for (u32 i = 0; i < 16; i++) {
		u32 sum = count[i];

		count[i] = at;
		at += sum;
	}
	for (u32 i = 0; i < n; i++)
		b[count[a[i] & 15]++ & 127] = a[i];
}

// @fn merge_sort(n=0..64, seed=*)
EXPORT void merge_sort(u32 n, u32 seed)
{
	fill(n, seed);
	for (u32 width = 1; width < n; width *= 2)
		for (u32 lo = 0; lo < n; lo += 2 * width) {
			u32 mid = lo + width < n ? lo + width : n;
			u32 hi = lo + 2 * width < n ? lo + 2 * width : n;
			u32 i = lo, j = mid;

			for (u32 k = lo; k < hi; k++)
				b[k] = i < mid && (j >= hi || a[i] <= a[j]) ? a[i++] : a[j++];
			for (u32 k = lo; k < hi; k++)
				a[k] = b[k];
		}
}

// @fn comb_pass(n=0..64, seed=*)
EXPORT void comb_pass(u32 n, u32 seed)
{
	u32 gap = n;

	fill(n, seed);
	while (gap > 1) {
		gap = gap * 10 / 13;
		for (u32 i = 0; i + gap < n; i++)
			if (a[i] > a[i + gap]) {
				u32 t = a[i];

				a[i] = a[i + gap];
				a[i + gap] = t;
			}
	}
}

// @fn sift_down(n=1..128, seed=*)
EXPORT void sift_down(u32 n, u32 seed)
{
	u32 root = 0;

	fill(n, seed);
	while (2 * root + 1 < n) {
		u32 child = 2 * root + 1;

		if (child + 1 < n && a[child] < a[child + 1])
			child++;
		if (a[root] >= a[child])
			return;
		u32 t = a[root];

		a[root] = a[child];
		a[child] = t;
		root = child;
	}
}

// @fn partition(n=2..64, seed=*)
EXPORT u32 partition(u32 n, u32 seed)
{
	u32 pivot, at = 0;

	fill(n, seed);
	pivot = a[n - 1];
	for (u32 i = 0; i < n - 1; i++)
		if (a[i] < pivot) {
			u32 t = a[i];

			a[i] = a[at];
			a[at++] = t;
		}
	return at;
}

// @fn reverse(n=0..128)
EXPORT void reverse(u32 n)
{
	for (u32 i = 0, j = n; i < j--; i++) {
		u32 t = a[i];

		a[i] = a[j];
		a[j] = t;
	}
}

// @fn is_sorted(n=0..128, seed=*)
EXPORT int is_sorted(u32 n, u32 seed)
{
	fill(n, seed);
	for (u32 i = 1; i < n; i++)
		if (a[i - 1] > a[i])
			return 0;
	return 1;
}

// @fn unique(n=0..128, seed=*)
EXPORT u32 unique(u32 n, u32 seed)
{
	u32 kept = 0;

	fill(n, seed);
	for (u32 i = 0; i < n; i++)
		if (i == 0 || a[i] != a[kept - 1])
			a[kept++] = a[i];
	return kept;
}

// @fn rotate_left(n=1..64, by=0..63)
EXPORT void rotate_left(u32 n, u32 by)
{
	for (u32 i = 0; i < by; i++) {
		u32 first = a[0];

		for (u32 j = 0; j + 1 < n; j++)
			a[j] = a[j + 1];
		a[n - 1] = first;
	}
}
