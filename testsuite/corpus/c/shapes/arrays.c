// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loops over arrays and strings by index and by pointer.
 *
 * entry: fill(n: 0..=1000)
 * entry: pointer_to_end(n: 0..=1000)
 * entry: pointer_pairs(n: 0..=500)
 * entry: structs(n: 0..=100)
 * entry: structs_to_end(n: 0..=100)
 * entry: backwards(n: 0..=1000)
 * entry: whole_array()
 * entry: two_pointers(n: 0..=1000)
 * entry: reverse_bytes(n: 0..=1000)
 * entry: two_arrays(n: 0..=1000, seed: any)
 * entry: length_limited(n: 0..=1000, seed: any)
 * entry: length_of_text(n: 0..=1000)
 * entry: copy_text(n: 1..=200)
 * entry: binary_search(n: 0..=1000, key: 0..=4000)
 * entry: search_half_open(n: 0..=1000, key: 0..=4000)
 * entry: matrix(n: 0..=24)
 * entry: spiral(n: 0..=16)
 * entry: ring(n: 0..=500)
 * entry: list(n: 0..=200)
 * entry: list_limited(n: 0..=200)
 * entry: table_driven(seed: any)
 * entry: unrolled_by_hand(n: 0..=1000)
 * entry: prefix_sums(n: 0..=1000)
 * entry: histogram(n: 0..=1000, seed: any)
 * entry: compact(n: 0..=1000, seed: any)
 * entry: partition(n: 1..=1000, seed: any)
 */
#include "../corpus.h"

static volatile uint32_t sink;
static uint8_t bytes[1024];
static uint8_t other[1024];
static uint32_t words[1024];

struct item {
	uint32_t key;
	uint32_t value;
	struct item *next;
};

static struct item items[256];

ENTRY(fill) uint32_t fill(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		words[i] = i * i;
	return words[n / 2];
}

ENTRY(pointer_to_end) uint32_t pointer_to_end(uint32_t n)
{
	uint32_t sum = 0;
	const uint32_t *p, *end = words + n;

	for (p = words; p != end; p++)
		sum = sum * 31 + *p;
	return sum;
}

ENTRY(pointer_pairs) uint32_t pointer_pairs(uint32_t n)
{
	uint32_t sum = 0;
	const uint32_t *p;

	for (p = words; p < words + 2 * n; p += 2)
		sum = sum * 31 + p[0] - p[1];
	return sum;
}

ENTRY(structs) uint32_t structs(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		items[i].key = i;
		items[i].value += i * 3;
	}
	return items[n / 2].value;
}

ENTRY(structs_to_end) uint32_t structs_to_end(uint32_t n)
{
	struct item *at;
	uint32_t sum = 0;

	for (at = items; at != items + n; at++)
		sum = sum * 7 + at->value;
	return sum;
}

ENTRY(backwards) uint32_t backwards(uint32_t n)
{
	uint32_t sum = 0;
	const uint32_t *p = words + n;

	while (p-- > words)
		sum = sum * 31 + *p;
	return sum;
}

ENTRY(whole_array) uint32_t whole_array(void)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		sum = sum * 31 + words[i];
	return sum;
}

ENTRY(two_pointers) uint32_t two_pointers(uint32_t n)
{
	uint32_t i = 0, j = n;

	while (i < j) {
		if (bytes[i] & 1)
			i++;
		else
			j--;
		sink += i;
	}
	return sink;
}

ENTRY(reverse_bytes) uint32_t reverse_bytes(uint32_t n)
{
	uint8_t *lo = bytes, *hi = bytes + n;

	while (lo < hi) {
		uint8_t x = *lo;

		*lo++ = *--hi;
		*hi = x;
	}
	return bytes[0];
}

ENTRY(two_arrays) uint32_t two_arrays(uint32_t n, uint32_t seed)
{
	uint32_t i = 0, j = 0, same = 0;

	corpus_fill(bytes, sizeof(bytes), seed);
	corpus_fill(other, sizeof(other), seed + 1);
	while (i < n && j < n) {
		if (bytes[i] < other[j]) {
			i++;
		} else if (bytes[i] > other[j]) {
			j++;
		} else {
			i++;
			j++;
			same++;
		}
	}
	return same;
}

ENTRY(length_limited) uint32_t length_limited(uint32_t n, uint32_t seed)
{
	uint32_t len = 0;

	corpus_fill(bytes, sizeof(bytes), seed);
	while (len < n && bytes[len])
		len++;
	return len;
}

ENTRY(length_of_text) uint32_t length_of_text(uint32_t n)
{
	const uint8_t *p = other;
	uint32_t i;

	for (i = 0; i < n; i++)
		other[i] = 'a';
	other[n] = 0;
	while (*p)
		p++;
	return p - other;
}

ENTRY(copy_text) uint32_t copy_text(uint32_t n)
{
	static char from[256], to[256];
	const char *s = from;
	char *d = to;
	uint32_t left = sizeof(to) - 1;
	uint32_t i;

	for (i = 0; i < n; i++)
		from[i] = 'a' + i % 26;
	from[n] = 0;
	while (left && *s) {
		*d++ = *s++;
		left--;
	}
	*d = 0;
	return to[n / 2];
}

ENTRY(binary_search) uint32_t binary_search(uint32_t n, uint32_t key)
{
	int lo = 0, hi = (int)n - 1;

	while (lo <= hi) {
		int mid = (lo + hi) / 2;

		if (words[mid] == key)
			return mid;
		if (words[mid] < key)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return ~0u;
}

ENTRY(search_half_open) uint32_t search_half_open(uint32_t n, uint32_t key)
{
	uint32_t first = 0, count = n;

	while (count > 0) {
		uint32_t step = count / 2;

		if (words[first + step] < key) {
			first += step + 1;
			count -= step + 1;
		} else {
			count = step;
		}
	}
	return first;
}

ENTRY(matrix) uint32_t matrix(uint32_t n)
{
	static uint32_t m[24][24];
	uint32_t row, column;

	for (row = 0; row < n; row++)
		for (column = 0; column < n; column++)
			m[row][column] += row ^ column;
	return m[3][4];
}

ENTRY(spiral) uint32_t spiral(uint32_t n)
{
	int top = 0, left = 0, bottom = (int)n - 1, right = (int)n - 1;
	int i;

	while (top <= bottom && left <= right) {
		for (i = left; i <= right; i++)
			sink += top * 16 + i;
		top++;
		for (i = top; i <= bottom; i++)
			sink ^= i * 16 + right;
		right--;
		for (i = right; i >= left && top <= bottom; i--)
			sink += bottom * 16 + i;
		bottom--;
		for (i = bottom; i >= top && left <= right; i--)
			sink ^= i * 16 + left;
		left++;
	}
	return sink;
}

ENTRY(ring) uint32_t ring(uint32_t n)
{
	static uint8_t buffer[64];
	uint32_t head = 0;

	while (n--) {
		buffer[head] += n;
		head = (head + 1) & 63;
	}
	return buffer[head];
}

/* The length of a list is known from how it was made only. */
static void make_list(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		items[i].next = i + 1 < n ? &items[i + 1] : NULL;
}

ENTRY(list) uint32_t list(uint32_t n)
{
	const struct item *at = n ? items : NULL;
	uint32_t len = 0;

	make_list(n);
	while (at) {
		len++;
		at = at->next;
	}
	return len;
}

ENTRY(list_limited) uint32_t list_limited(uint32_t n)
{
	const struct item *at = n ? items : NULL;
	uint32_t len = 0;

	make_list(n);
	while (at && len < 200) {
		len++;
		at = at->next;
	}
	return len;
}

ENTRY(table_driven) uint32_t table_driven(uint32_t seed)
{
	static const uint16_t stops[] = { 4, 8, 15, 16, 23, 42, 108, 0 };
	const uint16_t *stop;
	uint32_t sum = seed;

	for (stop = stops; *stop; stop++)
		sum = sum * 31 + *stop;
	return sum;
}

ENTRY(unrolled_by_hand) uint32_t unrolled_by_hand(uint32_t n)
{
	uint32_t sum = 0;
	uint32_t i = 0;

	for (; i + 4 <= n; i += 4)
		sum += words[i] ^ words[i + 1] ^ words[i + 2] ^ words[i + 3];
	for (; i < n; i++)
		sum += words[i];
	return sum;
}

ENTRY(prefix_sums) uint32_t prefix_sums(uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n; i++)
		words[i] += words[i - 1];
	return words[n ? n - 1 : 0];
}

ENTRY(histogram) uint32_t histogram(uint32_t n, uint32_t seed)
{
	uint32_t counts[256];
	uint32_t i, best = 0;

	corpus_fill(bytes, sizeof(bytes), seed);
	for (i = 0; i < 256; i++)
		counts[i] = 0;
	for (i = 0; i < n; i++)
		counts[bytes[i]]++;
	for (i = 1; i < 256; i++)
		if (counts[i] > counts[best])
			best = i;
	return best;
}

ENTRY(compact) uint32_t compact(uint32_t n, uint32_t seed)
{
	uint32_t from, to = 0;

	corpus_fill(bytes, sizeof(bytes), seed);
	for (from = 0; from < n; from++)
		if (bytes[from] > 99)
			bytes[to++] = bytes[from];
	while (to < n)
		bytes[to++] = 0;
	return bytes[0];
}

ENTRY(partition) uint32_t partition(uint32_t n, uint32_t seed)
{
	int i = -1, j = n;
	uint8_t pivot;

	corpus_fill(bytes, sizeof(bytes), seed);
	pivot = bytes[0];
	for (;;) {
		uint8_t x;

		do
			i++;
		while (bytes[i] < pivot);
		do
			j--;
		while (bytes[j] > pivot);
		if (i >= j)
			return j;
		x = bytes[i];
		bytes[i] = bytes[j];
		bytes[j] = x;
	}
}
