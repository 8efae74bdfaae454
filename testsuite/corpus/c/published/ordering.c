// SPDX-License-Identifier: GPL-2.0-only
/*
 * Well-known sorting and selection algorithms on a fixed array.
 *
 * entry: insertion_sort(n: 0..=64, seed: any)
 * entry: selection_sort(n: 0..=64, seed: any)
 * entry: bubble_sort(n: 0..=64, seed: any)
 * entry: shell_sort(n: 0..=64, seed: any)
 * entry: counting_sort(n: 0..=128, seed: any)
 * entry: merge_sort(n: 0..=64, seed: any)
 * entry: comb_pass(n: 0..=64, seed: any)
 * entry: sift_down(n: 1..=128, seed: any)
 * entry: partition(n: 2..=64, seed: any)
 * entry: reverse(n: 0..=128)
 * entry: is_sorted(n: 0..=128, seed: any)
 * entry: unique(n: 0..=128, seed: any)
 * entry: rotate_left(n: 1..=64, by: 0..=63)
 */
#include "../corpus.h"

static uint32_t a[128];
static uint32_t b[128];

static uint32_t state;

static uint32_t draw(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

static void fill(uint32_t n, uint32_t seed)
{
	state = seed;
	for (uint32_t i = 0; i < n; i++)
		a[i] = draw();
}

ENTRY(insertion_sort) void insertion_sort(uint32_t n, uint32_t seed)
{
	fill(n, seed);
	for (uint32_t i = 1; i < n; i++) {
		uint32_t x = a[i], j = i;

		while (j > 0 && a[j - 1] > x) {
			a[j] = a[j - 1];
			j--;
		}
		a[j] = x;
	}
}

ENTRY(selection_sort) void selection_sort(uint32_t n, uint32_t seed)
{
	fill(n, seed);
	for (uint32_t i = 0; i + 1 < n; i++) {
		uint32_t min = i;

		for (uint32_t j = i + 1; j < n; j++)
			if (a[j] < a[min])
				min = j;
		uint32_t t = a[i];

		a[i] = a[min];
		a[min] = t;
	}
}

ENTRY(bubble_sort) void bubble_sort(uint32_t n, uint32_t seed)
{
	fill(n, seed);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j + 1 < n - i; j++)
			if (a[j] > a[j + 1]) {
				uint32_t t = a[j];

				a[j] = a[j + 1];
				a[j + 1] = t;
			}
}

ENTRY(shell_sort) void shell_sort(uint32_t n, uint32_t seed)
{
	fill(n, seed);
	for (uint32_t gap = n / 2; gap > 0; gap /= 2)
		for (uint32_t i = gap; i < n; i++) {
			uint32_t x = a[i], j = i;

			for (; j >= gap && a[j - gap] > x; j -= gap)
				a[j] = a[j - gap];
			a[j] = x;
		}
}

ENTRY(counting_sort) void counting_sort(uint32_t n, uint32_t seed)
{
	static uint32_t count[16];
	uint32_t at = 0;

	fill(n, seed);
	for (uint32_t i = 0; i < 16; i++)
		count[i] = 0;
	for (uint32_t i = 0; i < n; i++)
		count[a[i] & 15]++;
	for (uint32_t i = 0; i < 16; i++) {
		uint32_t sum = count[i];

		count[i] = at;
		at += sum;
	}
	for (uint32_t i = 0; i < n; i++)
		b[count[a[i] & 15]++ & 127] = a[i];
}

ENTRY(merge_sort) void merge_sort(uint32_t n, uint32_t seed)
{
	fill(n, seed);
	for (uint32_t width = 1; width < n; width *= 2)
		for (uint32_t lo = 0; lo < n; lo += 2 * width) {
			uint32_t mid = lo + width < n ? lo + width : n;
			uint32_t hi = lo + 2 * width < n ? lo + 2 * width : n;
			uint32_t i = lo, j = mid;

			for (uint32_t k = lo; k < hi; k++)
				b[k] = i < mid && (j >= hi || a[i] <= a[j]) ? a[i++] : a[j++];
			for (uint32_t k = lo; k < hi; k++)
				a[k] = b[k];
		}
}

ENTRY(comb_pass) void comb_pass(uint32_t n, uint32_t seed)
{
	uint32_t gap = n;

	fill(n, seed);
	while (gap > 1) {
		gap = gap * 10 / 13;
		for (uint32_t i = 0; i + gap < n; i++)
			if (a[i] > a[i + gap]) {
				uint32_t t = a[i];

				a[i] = a[i + gap];
				a[i + gap] = t;
			}
	}
}

ENTRY(sift_down) void sift_down(uint32_t n, uint32_t seed)
{
	uint32_t root = 0;

	fill(n, seed);
	while (2 * root + 1 < n) {
		uint32_t child = 2 * root + 1;

		if (child + 1 < n && a[child] < a[child + 1])
			child++;
		if (a[root] >= a[child])
			return;
		uint32_t t = a[root];

		a[root] = a[child];
		a[child] = t;
		root = child;
	}
}

ENTRY(partition) uint32_t partition(uint32_t n, uint32_t seed)
{
	uint32_t pivot, at = 0;

	fill(n, seed);
	pivot = a[n - 1];
	for (uint32_t i = 0; i < n - 1; i++)
		if (a[i] < pivot) {
			uint32_t t = a[i];

			a[i] = a[at];
			a[at++] = t;
		}
	return at;
}

ENTRY(reverse) void reverse(uint32_t n)
{
	for (uint32_t i = 0, j = n; i < j--; i++) {
		uint32_t t = a[i];

		a[i] = a[j];
		a[j] = t;
	}
}

ENTRY(is_sorted) int is_sorted(uint32_t n, uint32_t seed)
{
	fill(n, seed);
	for (uint32_t i = 1; i < n; i++)
		if (a[i - 1] > a[i])
			return 0;
	return 1;
}

ENTRY(unique) uint32_t unique(uint32_t n, uint32_t seed)
{
	uint32_t kept = 0;

	fill(n, seed);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || a[i] != a[kept - 1])
			a[kept++] = a[i];
	return kept;
}

ENTRY(rotate_left) void rotate_left(uint32_t n, uint32_t by)
{
	for (uint32_t i = 0; i < by; i++) {
		uint32_t first = a[0];

		for (uint32_t j = 0; j + 1 < n; j++)
			a[j] = a[j + 1];
		a[n - 1] = first;
	}
}
