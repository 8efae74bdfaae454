// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strings: memchr, memcmp, memmove, strcmp, strstr, Knuth-Morris-Pratt, Boyer-Moore-Horspool, Rabin-Karp, Z values,
 * Levenshtein, longest common subsequence, Soundex, palindromes, anagrams, Caesar, Vigenere, case folding, Manacher.
 *
 * entry: find_byte(n: 0..=500, key: 0..=255, seed: any)
 * entry: find_last(n: 0..=500, key: 0..=255, seed: any)
 * entry: compare(n: 0..=500, seed: any)
 * run: compare(500, 8)
 * entry: move_bytes(n: 0..=200, by: -50..=50, seed: any)
 * entry: compare_text(n: 0..=400, seed: any)
 * entry: naive_search(n: 0..=300, m: 1..=8, seed: any)
 * entry: kmp(n: 0..=300, m: 1..=16, seed: any)
 * entry: horspool(n: 0..=300, m: 1..=8, seed: any)
 * entry: rabin_karp(n: 0..=300, m: 1..=8, seed: any)
 * entry: z_values(n: 1..=300, seed: any)
 * entry: levenshtein(n: 0..=40, m: 0..=40, seed: any)
 * entry: common_subsequence(n: 0..=40, m: 0..=40, seed: any)
 * entry: soundex(n: 0..=100, seed: any)
 * entry: palindrome(n: 0..=300)
 * entry: anagram(n: 0..=250, seed: any)
 * entry: caesar(n: 0..=500, by: any, seed: any)
 * entry: vigenere(n: 0..=500, m: 1..=16, seed: any)
 * entry: fold_case(n: 0..=500, seed: any)
 * entry: manacher(n: 1..=200, seed: any)
 */
#include "../corpus.h"

static uint8_t text[512];
static uint8_t word[512];
static int32_t table[512];

/* Few letters, so that things repeat. */
static NOINLINE void make_text(uint32_t seed)
{
	uint32_t i;

	corpus_fill(text, sizeof(text), seed);
	for (i = 0; i < sizeof(text); i++) {
		text[i] = 'a' + (text[i] & 1);
		word[i] = 'a' + (text[i] * 7 + i) % 2;
	}
}

ENTRY(find_byte) uint32_t find_byte(uint32_t n, uint32_t key, uint32_t seed)
{
	const uint8_t *p = text;

	corpus_fill(text, sizeof(text), seed);
	for (; n; n--, p++)
		if (*p == (uint8_t)key)
			return p - text;
	return ~0u;
}

ENTRY(find_last) uint32_t find_last(uint32_t n, uint32_t key, uint32_t seed)
{
	const uint8_t *p = text + n;

	corpus_fill(text, sizeof(text), seed);
	while (n--)
		if (*--p == key)
			return n;
	return ~0u;
}

ENTRY(compare) int32_t compare(uint32_t n, uint32_t seed)
{
	const uint8_t *a = text, *b = word;
	uint32_t i;

	corpus_fill(text, sizeof(text), seed);
	for (i = 0; i < sizeof(word); i++)
		word[i] = text[i];
	word[seed % 512] ^= seed & 7;
	while (n--) {
		int difference = *a++ - *b++;

		if (difference)
			return difference;
	}
	return 0;
}

ENTRY(move_bytes) uint32_t move_bytes(uint32_t n, int32_t by, uint32_t seed)
{
	uint8_t *from = text + 100, *to = from + by;

	corpus_fill(text, sizeof(text), seed);
	if (to < from) {
		while (n--)
			*to++ = *from++;
	} else {
		from += n;
		to += n;
		while (n--)
			*--to = *--from;
	}
	return text[110];
}

ENTRY(compare_text) int32_t compare_text(uint32_t n, uint32_t seed)
{
	const uint8_t *a = text, *b = word;
	uint32_t i;

	corpus_fill(text, sizeof(text), seed);
	for (i = 0; i < n; i++) {
		text[i] |= 1;
		word[i] = text[i];
	}
	text[n] = 0;
	word[n] = 0;
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a - *b;
}

ENTRY(naive_search) uint32_t naive_search(uint32_t n, uint32_t m, uint32_t seed)
{
	uint32_t i, j, found = 0;

	make_text(seed);
	for (i = 0; i + m <= n; i++) {
		for (j = 0; j < m; j++)
			if (text[i + j] != word[j])
				break;
		found += j == m;
	}
	return found;
}

ENTRY(kmp) uint32_t kmp(int n, int m, uint32_t seed)
{
	int i, k = 0, found = 0;

	make_text(seed);
	table[0] = 0;
	for (i = 1; i < m; i++) {
		while (k > 0 && word[k] != word[i])
			k = table[k - 1];
		if (word[k] == word[i])
			k++;
		table[i] = k;
	}
	k = 0;
	for (i = 0; i < n; i++) {
		while (k > 0 && word[k] != text[i])
			k = table[k - 1];
		if (word[k] == text[i])
			k++;
		if (k == m) {
			found++;
			k = table[k - 1];
		}
	}
	return found;
}

ENTRY(horspool) uint32_t horspool(uint32_t n, uint32_t m, uint32_t seed)
{
	uint32_t skips[256];
	uint32_t at = 0, found = 0, i;

	make_text(seed);
	for (i = 0; i < 256; i++)
		skips[i] = m;
	for (i = 0; i + 1 < m; i++)
		skips[word[i]] = m - 1 - i;
	while (at + m <= n) {
		uint32_t j = m;

		while (j > 0 && text[at + j - 1] == word[j - 1])
			j--;
		if (j == 0)
			found++;
		at += skips[text[at + m - 1]];
	}
	return found;
}

ENTRY(rabin_karp) uint32_t rabin_karp(uint32_t n, uint32_t m, uint32_t seed)
{
	uint32_t wanted = 0, have = 0, power = 1, found = 0, i, j;

	make_text(seed);
	if (n < m)
		return 0;
	for (i = 0; i < m; i++) {
		wanted = wanted * 257 + word[i];
		have = have * 257 + text[i];
		if (i)
			power *= 257;
	}
	for (i = 0;; i++) {
		if (have == wanted) {
			for (j = 0; j < m && text[i + j] == word[j]; j++)
				;
			found += j == m;
		}
		if (i + m >= n)
			return found;
		have = (have - text[i] * power) * 257 + text[i + m];
	}
}

ENTRY(z_values) uint32_t z_values(int n, uint32_t seed)
{
	int i, l = 0, r = 0, most = 0;

	make_text(seed);
	for (i = 1; i < n; i++) {
		int z = 0;

		if (i < r) {
			z = r - i;
			if (table[i - l] < z)
				z = table[i - l];
		}
		while (i + z < n && text[z] == text[i + z])
			z++;
		if (i + z > r) {
			l = i;
			r = i + z;
		}
		table[i] = z;
		if (z > most)
			most = z;
	}
	return most;
}

ENTRY(levenshtein) uint32_t levenshtein(int n, int m, uint32_t seed)
{
	int i, j;

	make_text(seed);
	for (j = 0; j <= m; j++)
		table[j] = j;
	for (i = 1; i <= n; i++) {
		int diagonal = table[0];

		table[0] = i;
		for (j = 1; j <= m; j++) {
			int best = diagonal + (text[i - 1] != word[j - 1]);

			diagonal = table[j];
			if (table[j] + 1 < best)
				best = table[j] + 1;
			if (table[j - 1] + 1 < best)
				best = table[j - 1] + 1;
			table[j] = best;
		}
	}
	return table[m];
}

ENTRY(common_subsequence) uint32_t common_subsequence(uint32_t n, uint32_t m, uint32_t seed)
{
	static uint8_t lengths[41][41];
	uint32_t i, j;

	make_text(seed);
	for (i = 1; i <= n; i++)
		for (j = 1; j <= m; j++) {
			uint8_t above = lengths[i - 1][j], left = lengths[i][j - 1];

			if (text[i - 1] == word[j - 1])
				lengths[i][j] = lengths[i - 1][j - 1] + 1;
			else
				lengths[i][j] = above > left ? above : left;
		}
	i = n;
	j = m;
	while (i > 0 && j > 0) {
		if (lengths[i - 1][j] == lengths[i][j]) {
			i--;
		} else if (lengths[i][j - 1] == lengths[i][j]) {
			j--;
		} else {
			i--;
			j--;
		}
	}
	return lengths[n][m] + i + j;
}

ENTRY(soundex) uint32_t soundex(uint32_t n, uint32_t seed)
{
	static const char codes[] = "01230120022455012623010202";
	uint32_t code = 0, len = 0, i;
	char last = 0;

	corpus_fill(text, sizeof(text), seed);
	for (i = 0; i < n && len < 4; i++) {
		char c = codes[text[i] % 26];

		if (c != '0' && c != last) {
			code = code << 8 | c;
			len++;
		}
		last = c;
	}
	while (len++ < 4)
		code = code << 8 | '0';
	return code;
}

ENTRY(palindrome) uint32_t palindrome(uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < n; i++)
		text[i] = 'a' + (i < n / 2 ? i : n - 1 - i) % 26;
	for (i = 0, j = n; i < j; i++) {
		j--;
		if (text[i] != text[j])
			return 0;
	}
	return 1;
}

ENTRY(anagram) uint32_t anagram(uint32_t n, uint32_t seed)
{
	int16_t counts[26] = { 0 };
	uint32_t i;

	corpus_fill(text, sizeof(text), seed);
	for (i = 0; i < n; i++) {
		counts[text[i] % 26]++;
		counts[text[n + i] % 26]--;
	}
	for (i = 0; i < 26; i++)
		if (counts[i])
			return 0;
	return 1;
}

ENTRY(caesar) uint32_t caesar(uint32_t n, uint32_t by, uint32_t seed)
{
	uint8_t *p;

	corpus_fill(text, sizeof(text), seed);
	by %= 26;
	for (p = text; p < text + n; p++)
		*p = 'a' + (*p % 26 + by) % 26;
	return text[n / 2];
}

ENTRY(vigenere) uint32_t vigenere(uint32_t n, uint32_t m, uint32_t seed)
{
	uint32_t i, k = 0;

	corpus_fill(text, sizeof(text), seed);
	for (i = 0; i < n; i++) {
		text[i] = 'a' + (text[i] + word[k]) % 26;
		if (++k == m)
			k = 0;
	}
	return text[n / 2];
}

ENTRY(fold_case) uint32_t fold_case(uint32_t n, uint32_t seed)
{
	uint32_t i;

	corpus_fill(text, sizeof(text), seed);
	for (i = 0; i < n; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] += 'a' - 'A';
	return text[n / 2];
}

ENTRY(manacher) uint32_t manacher(int n, uint32_t seed)
{
	int i, centre = 0, right = -1, most = 0;

	make_text(seed);
	for (i = 0; i < n; i++) {
		int radius = 1;

		if (i <= right) {
			radius = right - i + 1;
			if (table[2 * centre - i] < radius)
				radius = table[2 * centre - i];
		}
		while (i - radius >= 0 && i + radius < n && text[i - radius] == text[i + radius])
			radius++;
		table[i] = radius;
		if (i + radius - 1 > right) {
			centre = i;
			right = i + radius - 1;
		}
		if (radius > most)
			most = radius;
	}
	return most;
}
