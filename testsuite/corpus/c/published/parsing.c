// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts to values and back: decimal and hexadecimal numbers, UTF-8 (RFC 3629), LEB128, fields of CSV (RFC 4180),
 * skipping a JSON value, lines of an HTTP header (RFC 9112), dotted addresses, words, globs.
 *
 * entry: to_decimal(x: any)
 * entry: to_decimal_wide(x: any)
 * entry: to_hex(x: any)
 * entry: from_decimal(n: 0..=20, seed: any)
 * entry: from_hex(n: 0..=64, seed: any)
 * entry: utf8_count(n: 0..=500, seed: any)
 * entry: utf8_decode(n: 0..=500, seed: any)
 * entry: leb_encode(x: any)
 * entry: leb_decode(seed: any)
 * entry: leb_stream(n: 0..=500, seed: any)
 * entry: csv_fields(n: 0..=500, seed: any)
 * entry: json_skip(n: 0..=500, seed: any)
 * entry: http_header(n: 0..=500, seed: any)
 * entry: dotted(n: 0..=40, seed: any)
 * entry: words(n: 0..=500, seed: any)
 * entry: glob(n: 0..=60, m: 0..=12, seed: any)
 * entry: trim(n: 0..=500, seed: any)
 * entry: octal_escape(n: 0..=500, seed: any)
 */
#include "../corpus.h"

static uint8_t in[512];
static uint8_t out[1536];

/* Random text of the characters of an alphabet. */
static NOINLINE void make_text(uint32_t seed, const char *alphabet, uint32_t mask)
{
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < sizeof(in); i++)
		in[i] = alphabet[in[i] & mask];
}

ENTRY(to_decimal) uint32_t to_decimal(uint32_t x)
{
	uint8_t *p = out + 12;

	do {
		*--p = '0' + x % 10;
		x /= 10;
	} while (x != 0);
	return out + 12 - p;
}

ENTRY(to_decimal_wide) uint32_t to_decimal_wide(int64_t x)
{
	uint64_t rest = x < 0 ? -(uint64_t)x : (uint64_t)x;
	uint32_t len = 0;
	uint32_t i;

	for (;;) {
		out[len++] = '0' + rest % 10;
		rest /= 10;
		if (!rest)
			break;
	}
	if (x < 0)
		out[len++] = '-';
	for (i = 0; i < len / 2; i++) {
		uint8_t c = out[i];

		out[i] = out[len - 1 - i];
		out[len - 1 - i] = c;
	}
	return len;
}

ENTRY(to_hex) uint32_t to_hex(uint32_t x)
{
	uint32_t len = 0;
	int shift;

	for (shift = 28; shift >= 0; shift -= 4) {
		uint32_t digit = x >> shift & 15;

		if (digit || len || !shift)
			out[len++] = digit < 10 ? '0' + digit : 'a' + digit - 10;
	}
	return len;
}

ENTRY(from_decimal) uint32_t from_decimal(uint32_t n, uint32_t seed)
{
	uint32_t value = 0;
	uint32_t i;

	make_text(seed, "01234567890123456789012345678-+ ", 31);
	for (i = 0; i < n && in[i] >= '0' && in[i] <= '9'; i++)
		value = value * 10 + (in[i] - '0');
	return value;
}

ENTRY(from_hex) uint32_t from_hex(uint32_t n, uint32_t seed)
{
	uint32_t value = 0;
	uint32_t i;

	make_text(seed, "0123456789abcdef", 15);
	for (i = 0; i < n; i++) {
		uint8_t c = in[i] | 0x20;

		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (c - 'a' + 10);
		else
			return ~0u;
	}
	return value;
}

ENTRY(utf8_count) uint32_t utf8_count(uint32_t n, uint32_t seed)
{
	uint32_t count = 0;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n; i++)
		count += (in[i] & 0xc0) != 0x80;
	return count;
}

ENTRY(utf8_decode) uint32_t utf8_decode(uint32_t n, uint32_t seed)
{
	uint32_t at = 0, sum = 0;

	corpus_fill(in, sizeof(in), seed);
	while (at < n) {
		uint8_t first = in[at++];
		uint32_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
		uint32_t c = first & (0x7f >> (more ? more + 1 : 0));

		while (more > 0 && at < n && (in[at] & 0xc0) == 0x80) {
			c = c << 6 | (in[at++] & 0x3f);
			more--;
		}
		sum = sum * 31 + (more ? 0xfffd : c);
	}
	return sum;
}

ENTRY(leb_encode) uint32_t leb_encode(uint64_t x)
{
	uint32_t len = 0;

	while (x >= 0x80) {
		out[len++] = x | 0x80;
		x >>= 7;
	}
	out[len++] = x;
	return len;
}

ENTRY(leb_decode) uint64_t leb_decode(uint32_t seed)
{
	uint64_t x = 0;
	uint32_t shift = 0;
	const uint8_t *p = in;

	corpus_fill(in, sizeof(in), seed);
	for (;;) {
		uint8_t byte = *p++;

		x |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if (!(byte & 0x80) || shift >= 64)
			return x;
	}
}

ENTRY(leb_stream) uint32_t leb_stream(uint32_t n, uint32_t seed)
{
	const uint8_t *p = in, *end = in + n;
	uint32_t sum = 0;

	corpus_fill(in, sizeof(in), seed);
	while (p != end) {
		uint32_t x = 0;
		int shift;

		for (shift = 0; shift < 35 && p != end; shift += 7) {
			uint8_t byte = *p++;

			if (shift < 32)
				x |= (uint32_t)(byte & 0x7f) << shift;
			if (!(byte & 0x80))
				break;
		}
		sum += x;
	}
	return sum;
}

ENTRY(csv_fields) uint32_t csv_fields(uint32_t n, uint32_t seed)
{
	uint32_t i = 0, fields = 0;

	make_text(seed, "ab,\"c,\n\"", 7);
	while (i < n) {
		if (in[i] == '"') {
			i++;
			while (i < n) {
				if (in[i] == '"') {
					if (i + 1 < n && in[i + 1] == '"')
						i++;
					else
						break;
				}
				i++;
			}
		}
		while (i < n && in[i] != ',' && in[i] != '\n')
			i++;
		fields++;
		i++;
	}
	return fields;
}

ENTRY(json_skip) uint32_t json_skip(uint32_t n, uint32_t seed)
{
	uint32_t i = 0, depth = 0;

	make_text(seed, "{[\"\\:,1]{[]}a\"\" ", 15);
	while (i < n) {
		switch (in[i++]) {
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (depth <= 1)
				return i;
			depth--;
			break;
		case '"':
			for (; i < n && in[i] != '"'; i++)
				if (in[i] == '\\')
					i++;
			i++;
			break;
		default:
			break;
		}
	}
	return depth;
}

ENTRY(http_header) uint32_t http_header(uint32_t n, uint32_t seed)
{
	uint32_t at = 0, lines = 0;

	make_text(seed, "Aa: \r\nbcB-x:y\n\r\t", 15);
	while (at < n) {
		uint32_t start = at, colon, end;

		while (at < n && in[at] != '\n')
			at++;
		end = at;
		if (end > start && in[end - 1] == '\r')
			end--;
		if (end == start)
			break;
		for (colon = start; colon < end && in[colon] != ':'; colon++)
			if (in[colon] >= 'A' && in[colon] <= 'Z')
				in[colon] |= 0x20;
		lines++;
		at++;
	}
	return lines;
}

ENTRY(dotted) uint32_t dotted(uint32_t n, uint32_t seed)
{
	uint32_t address = 0, at = 0;
	int part;

	make_text(seed, "0123456789..1.23", 15);
	for (part = 0; part < 4; part++) {
		uint32_t value = 0, digits = 0;

		while (at < n && digits < 3 && in[at] != '.') {
			value = value * 10 + in[at++] - '0';
			digits++;
		}
		if (!digits || value > 255)
			return 0;
		address = address << 8 | value;
		if (part < 3 && (at >= n || in[at++] != '.'))
			return 0;
	}
	return address;
}

ENTRY(words) uint32_t words(uint32_t n, uint32_t seed)
{
	const uint8_t *p = in, *end = in + n;
	uint32_t longest = 0;

	make_text(seed, "abcde fghi\tklm\nn", 15);
	for (;;) {
		const uint8_t *word;

		while (p < end && *p <= ' ')
			p++;
		if (p == end)
			return longest;
		word = p;
		while (p < end && *p > ' ')
			p++;
		if (p - word > (int)longest)
			longest = p - word;
	}
}

/* A star in the pattern stands for any text; on a mismatch, the last star takes one character more. */
ENTRY(glob) uint32_t glob(uint32_t n, uint32_t m, uint32_t seed)
{
	const uint8_t *pattern = in + 256;
	uint32_t i = 0, j = 0, star = ~0u, mark = 0;

	make_text(seed, "aab*", 3);
	while (i < n) {
		if (j < m && pattern[j] == '*') {
			star = j++;
			mark = i;
		} else if (j < m && pattern[j] == in[i]) {
			i++;
			j++;
		} else if (star != ~0u) {
			j = star + 1;
			i = ++mark;
		} else {
			return 0;
		}
	}
	while (j < m && pattern[j] == '*')
		j++;
	return j == m;
}

ENTRY(trim) uint32_t trim(uint32_t n, uint32_t seed)
{
	uint32_t from = 0, to = n;

	make_text(seed, "   \t\n\r a", 7);
	while (from < to && in[from] <= ' ')
		from++;
	while (to > from && in[to - 1] <= ' ')
		to--;
	return to - from;
}

ENTRY(octal_escape) uint32_t octal_escape(uint32_t n, uint32_t seed)
{
	uint8_t *to = out;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n; i++) {
		if (in[i] < 0x20 || in[i] >= 0x7f) {
			int shift;

			if (to + 4 > out + sizeof(out))
				break;
			*to++ = '\\';
			for (shift = 6; shift >= 0; shift -= 3)
				*to++ = '0' + (in[i] >> shift & 7);
		} else if (to < out + sizeof(out)) {
			*to++ = in[i];
		}
	}
	return to - out;
}
