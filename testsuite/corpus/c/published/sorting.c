// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorting: insertion, selection, bubble, cocktail, comb, shell, heap, merge (from below), quick (own stack),
 * counting, radix, odd-even transposition, gnome, and the bitonic network.
 *
 * entry: insertion(n: 0..=100, seed: any)
 * entry: insertion_sorted(n: 0..=100)
 * entry: selection(n: 0..=100, seed: any)
 * entry: bubble(n: 0..=100, seed: any)
 * entry: bubble_early(n: 0..=100, seed: any)
 * entry: cocktail(n: 0..=100, seed: any)
 * entry: comb(n: 0..=256, seed: any)
 * entry: shell(n: 0..=256, seed: any)
 * entry: heap(n: 0..=256, seed: any)
 * entry: merge(n: 0..=256, seed: any)
 * entry: quick(n: 0..=256, seed: any)
 * entry: counting(n: 0..=256, seed: any)
 * entry: radix(n: 0..=256, seed: any)
 * entry: odd_even(n: 0..=100, seed: any)
 * entry: gnome(n: 0..=64, seed: any)
 * entry: bitonic(log: 0..=8, seed: any)
 */
#include "../corpus.h"

#define MOST 256

static uint32_t v[MOST];
static uint32_t spare[MOST];

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t x = *a;

	*a = *b;
	*b = x;
}

ENTRY(insertion) uint32_t insertion(uint32_t n, uint32_t seed)
{
	uint32_t i, j;

	corpus_fill(v, sizeof(v), seed);
	for (i = 1; i < n; i++) {
		uint32_t x = v[i];

		for (j = i; j > 0 && v[j - 1] > x; j--)
			v[j] = v[j - 1];
		v[j] = x;
	}
	return v[0];
}

/* The worst case: the largest first. */
ENTRY(insertion_sorted) uint32_t insertion_sorted(uint32_t n)
{
	int i, j;

	for (i = 0; i < (int)n; i++)
		v[i] = n - i;
	for (i = 1; i < (int)n; i++) {
		uint32_t x = v[i];

		j = i - 1;
		while (j >= 0 && v[j] > x) {
			v[j + 1] = v[j];
			j--;
		}
		v[j + 1] = x;
	}
	return v[0];
}

ENTRY(selection) uint32_t selection(uint32_t n, uint32_t seed)
{
	uint32_t i, j;

	corpus_fill(v, sizeof(v), seed);
	for (i = 0; i + 1 < n; i++) {
		uint32_t least = i;

		for (j = i + 1; j < n; j++)
			if (v[j] < v[least])
				least = j;
		swap(&v[i], &v[least]);
	}
	return v[0];
}

ENTRY(bubble) uint32_t bubble(uint32_t n, uint32_t seed)
{
	uint32_t i, j;

	corpus_fill(v, sizeof(v), seed);
	for (i = 0; i < n; i++)
		for (j = 0; j + 1 < n - i; j++)
			if (v[j] > v[j + 1])
				swap(&v[j], &v[j + 1]);
	return v[0];
}

/* Stops when nothing was swapped; what is behind the last swap is in order. */
ENTRY(bubble_early) uint32_t bubble_early(uint32_t n, uint32_t seed)
{
	uint32_t end = n;

	corpus_fill(v, sizeof(v), seed);
	while (end > 1) {
		uint32_t last = 0;
		uint32_t j;

		for (j = 1; j < end; j++) {
			if (v[j - 1] > v[j]) {
				swap(&v[j - 1], &v[j]);
				last = j;
			}
		}
		end = last;
	}
	return v[0];
}

ENTRY(cocktail) uint32_t cocktail(uint32_t n, uint32_t seed)
{
	uint32_t lo = 0, hi = n;
	uint32_t j;

	corpus_fill(v, sizeof(v), seed);
	while (lo + 1 < hi) {
		for (j = lo + 1; j < hi; j++)
			if (v[j - 1] > v[j])
				swap(&v[j - 1], &v[j]);
		hi--;
		for (j = hi; j > lo + 1; j--)
			if (v[j - 2] > v[j - 1])
				swap(&v[j - 2], &v[j - 1]);
		lo++;
	}
	return v[0];
}

ENTRY(comb) uint32_t comb(uint32_t n, uint32_t seed)
{
	uint32_t gap = n;
	int swapped = 1;
	uint32_t rounds = 0;
	uint32_t i;

	corpus_fill(v, sizeof(v), seed);
	while ((gap > 1 || swapped) && rounds < 2 * MOST) {
		gap = gap * 10 / 13;
		if (gap < 1)
			gap = 1;
		swapped = 0;
		for (i = 0; i + gap < n; i++) {
			if (v[i] > v[i + gap]) {
				swap(&v[i], &v[i + gap]);
				swapped = 1;
			}
		}
		rounds++;
	}
	return v[0];
}

ENTRY(shell) uint32_t shell(uint32_t n, uint32_t seed)
{
	uint32_t gap, i, j;

	corpus_fill(v, sizeof(v), seed);
	for (gap = n / 2; gap > 0; gap /= 2) {
		for (i = gap; i < n; i++) {
			uint32_t x = v[i];

			for (j = i; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
	}
	return v[0];
}

static void sift_down(uint32_t at, uint32_t n)
{
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= n)
			return;
		if (child + 1 < n && v[child + 1] > v[child])
			child++;
		if (v[at] >= v[child])
			return;
		swap(&v[at], &v[child]);
		at = child;
	}
}

ENTRY(heap) uint32_t heap(uint32_t n, uint32_t seed)
{
	uint32_t i;

	corpus_fill(v, sizeof(v), seed);
	for (i = n / 2; i-- > 0;)
		sift_down(i, n);
	for (i = n; i > 1; i--) {
		swap(&v[0], &v[i - 1]);
		sift_down(0, i - 1);
	}
	return v[0];
}

ENTRY(merge) uint32_t merge(uint32_t n, uint32_t seed)
{
	uint32_t width, lo, i, j, k;

	corpus_fill(v, sizeof(v), seed);
	for (width = 1; width < n; width *= 2) {
		for (lo = 0; lo < n; lo += 2 * width) {
			uint32_t mid = lo + width < n ? lo + width : n;
			uint32_t hi = lo + 2 * width < n ? lo + 2 * width : n;

			i = lo;
			j = mid;
			for (k = lo; k < hi; k++) {
				if (i < mid && (j >= hi || v[i] <= v[j]))
					spare[k] = v[i++];
				else
					spare[k] = v[j++];
			}
		}
		for (k = 0; k < n; k++)
			v[k] = spare[k];
	}
	return v[0];
}

/* The larger part waits on the stack, so that its depth is the logarithm of n. */
ENTRY(quick) uint32_t quick(uint32_t n, uint32_t seed)
{
	struct {
		int lo, hi;
	} stack[16];
	int top = 0;

	corpus_fill(v, sizeof(v), seed);
	stack[top].lo = 0;
	stack[top++].hi = (int)n - 1;
	while (top > 0) {
		int lo = stack[--top].lo, hi = stack[top].hi;

		while (lo < hi) {
			uint32_t pivot = v[(lo + hi) / 2];
			int i = lo, j = hi;

			while (i <= j) {
				while (v[i] < pivot)
					i++;
				while (v[j] > pivot)
					j--;
				if (i <= j) {
					swap(&v[i], &v[j]);
					i++;
					j--;
				}
			}
			if (j - lo < hi - i) {
				stack[top].lo = i;
				stack[top++].hi = hi;
				hi = j;
			} else {
				stack[top].lo = lo;
				stack[top++].hi = j;
				lo = i;
			}
		}
	}
	return v[0];
}

ENTRY(counting) uint32_t counting(uint32_t n, uint32_t seed)
{
	static uint8_t in[MOST], out[MOST];
	uint32_t counts[257];
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < 257; i++)
		counts[i] = 0;
	for (i = 0; i < n; i++)
		counts[in[i] + 1]++;
	for (i = 1; i < 257; i++)
		counts[i] += counts[i - 1];
	for (i = 0; i < n; i++)
		out[counts[in[i]]++] = in[i];
	return out[0];
}

ENTRY(radix) uint32_t radix(uint32_t n, uint32_t seed)
{
	uint32_t shift, i;

	corpus_fill(v, sizeof(v), seed);
	for (shift = 0; shift < 32; shift += 8) {
		uint32_t counts[256];
		uint32_t sum = 0;

		for (i = 0; i < 256; i++)
			counts[i] = 0;
		for (i = 0; i < n; i++)
			counts[v[i] >> shift & 0xff]++;
		for (i = 0; i < 256; i++) {
			uint32_t count = counts[i];

			counts[i] = sum;
			sum += count;
		}
		for (i = 0; i < n; i++)
			spare[counts[v[i] >> shift & 0xff]++] = v[i];
		for (i = 0; i < n; i++)
			v[i] = spare[i];
	}
	return v[0];
}

ENTRY(odd_even) uint32_t odd_even(uint32_t n, uint32_t seed)
{
	uint32_t phase, i;

	corpus_fill(v, sizeof(v), seed);
	for (phase = 0; phase < n; phase++)
		for (i = 1 + (phase & 1); i < n; i += 2)
			if (v[i - 1] > v[i])
				swap(&v[i - 1], &v[i]);
	return v[0];
}

ENTRY(gnome) uint32_t gnome(uint32_t n, uint32_t seed)
{
	uint32_t at = 0;

	corpus_fill(v, sizeof(v), seed);
	while (at < n) {
		if (at == 0 || v[at - 1] <= v[at]) {
			at++;
		} else {
			swap(&v[at - 1], &v[at]);
			at--;
		}
	}
	return v[0];
}

ENTRY(bitonic) uint32_t bitonic(uint32_t log, uint32_t seed)
{
	uint32_t n = 1u << log;
	uint32_t block, step, i;

	corpus_fill(v, sizeof(v), seed);
	for (block = 2; block <= n; block *= 2) {
		for (step = block / 2; step > 0; step /= 2) {
			for (i = 0; i < n; i++) {
				uint32_t j = i ^ step;

				if (j > i && (v[i] > v[j] ? 1 : 0) == !(i & block))
					swap(&v[i], &v[j]);
			}
		}
	}
	return v[0];
}
