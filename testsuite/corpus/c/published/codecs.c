// SPDX-License-Identifier: GPL-2.0-only
/*
 * Codecs: run lengths, LZ4-like blocks, base64 and hex (RFC 4648), canonical Huffman codes, deltas, move to front,
 * zigzag, COBS, Elias gamma, bit unpacking, LZSS.
 *
 * entry: rle_encode(n: 0..=500, seed: any)
 * entry: rle_decode(n: 0..=250, seed: any)
 * entry: lz4_decode(n: 0..=500, seed: any)
 * entry: base64_encode(n: 0..=700, seed: any)
 * entry: base64_decode(n: 0..=900, seed: any)
 * entry: hex_encode(n: 0..=500, seed: any)
 * entry: hex_decode(n: 0..=1000, seed: any)
 * entry: huffman_decode(n: 0..=500, seed: any)
 * entry: huffman_lengths(n: 2..=64, seed: any)
 * entry: delta(n: 0..=1000, seed: any)
 * entry: move_to_front(n: 0..=100, seed: any)
 * entry: zigzag(n: 0..=200, seed: any)
 * entry: cobs_encode(n: 0..=700, seed: any)
 * entry: cobs_decode(n: 0..=700, seed: any)
 * entry: elias_gamma(n: 0..=100, seed: any)
 * entry: unpack_bits(n: 0..=500, width: 1..=16, seed: any)
 * entry: lzss_find(n: 4..=300, seed: any)
 */
#include "../corpus.h"

static uint8_t in[1024];
static uint8_t out[2048];

ENTRY(rle_encode) uint32_t rle_encode(uint32_t n, uint32_t seed)
{
	uint32_t i = 0, len = 0, k;

	corpus_fill(in, sizeof(in), seed);
	for (k = 0; k < n; k++)
		in[k] &= 1;
	while (i < n) {
		uint32_t run = 1;

		while (i + run < n && run < 255 && in[i + run] == in[i])
			run++;
		out[len++] = run;
		out[len++] = in[i];
		i += run;
	}
	return len;
}

ENTRY(rle_decode) uint32_t rle_decode(uint32_t n, uint32_t seed)
{
	uint32_t i, len = 0;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i + 1 < n; i += 2) {
		uint32_t run = in[i];

		if (run > sizeof(out) - len)
			run = sizeof(out) - len;
		while (run--)
			out[len++] = in[i + 1];
	}
	return len;
}

/* A token of two lengths, literals, a distance, a match; lengths of 15 go on in further bytes. */
ENTRY(lz4_decode) uint32_t lz4_decode(uint32_t n, uint32_t seed)
{
	uint32_t i = 0, len = 0;

	corpus_fill(in, sizeof(in), seed);
	while (i < n) {
		uint8_t token = in[i++];
		uint32_t literals = token >> 4;
		uint32_t match = token & 15;
		uint32_t distance;
		uint8_t more;

		if (literals == 15) {
			do {
				if (i >= n)
					return len;
				more = in[i++];
				literals += more;
			} while (more == 255);
		}
		if (literals > n - i || literals > sizeof(out) - len)
			return len;
		while (literals--)
			out[len++] = in[i++];
		if (i + 1 >= n)
			return len;
		distance = in[i] | in[i + 1] << 8;
		i += 2;
		if (match == 15) {
			do {
				if (i >= n)
					return len;
				more = in[i++];
				match += more;
			} while (more == 255);
		}
		match += 4;
		if (!len)
			continue;
		distance = distance % len + 1;
		if (match > sizeof(out) - len)
			return len;
		while (match-- > 0) {
			out[len] = out[len - distance];
			len++;
		}
	}
	return len;
}

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

ENTRY(base64_encode) uint32_t base64_encode(uint32_t n, uint32_t seed)
{
	uint32_t i, len = 0;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i + 3 <= n; i += 3) {
		uint32_t x = in[i] << 16 | in[i + 1] << 8 | in[i + 2];
		int shift;

		for (shift = 18; shift >= 0; shift -= 6)
			out[len++] = digits64[x >> shift & 63];
	}
	if (i < n) {
		uint32_t x = in[i] << 16 | (i + 1 < n ? in[i + 1] << 8 : 0);

		out[len++] = digits64[x >> 18];
		out[len++] = digits64[x >> 12 & 63];
		out[len++] = i + 1 < n ? digits64[x >> 6 & 63] : '=';
		out[len++] = '=';
	}
	return len;
}

ENTRY(base64_decode) uint32_t base64_decode(uint32_t n, uint32_t seed)
{
	static uint8_t values[256];
	uint32_t bits = 0, have = 0, len = 0;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < 256; i++)
		values[i] = 255;
	for (i = 0; i < 64; i++)
		values[(uint8_t)digits64[i]] = i;
	for (i = 0; i < n && in[i] != '='; i++) {
		uint8_t value = values[in[i]];

		if (value == 255)
			continue;
		bits = bits << 6 | value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[len++] = bits >> have;
		}
	}
	return len;
}

ENTRY(hex_encode) uint32_t hex_encode(uint32_t n, uint32_t seed)
{
	const uint8_t *p = in;
	uint8_t *to = out;

	corpus_fill(in, sizeof(in), seed);
	while (p < in + n) {
		*to++ = "0123456789abcdef"[*p >> 4];
		*to++ = "0123456789abcdef"[*p++ & 15];
	}
	return to - out;
}

ENTRY(hex_decode) uint32_t hex_decode(uint32_t n, uint32_t seed)
{
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n / 2; i++) {
		uint32_t value = 0;
		int half;

		for (half = 0; half < 2; half++) {
			uint8_t c = in[2 * i + half] & 15;

			value = value << 4 | c;
		}
		out[i] = value;
	}
	return out[0];
}

/* Bit by bit, with the counts of codes of each length: 1 of 1 bit, 1 of 2, 2 of 4, 8 of 6. */
ENTRY(huffman_decode) uint32_t huffman_decode(uint32_t n, uint32_t seed)
{
	static const uint8_t counts[8] = { 0, 1, 1, 0, 2, 0, 8, 0 };
	uint32_t at = 0, end = n * 8, len = 0;

	corpus_fill(in, sizeof(in), seed);
	while (at < end && len < sizeof(out)) {
		int code = 0, first = 0, index = 0;
		int bits;

		for (bits = 1; bits < 8 && at < end; bits++, at++) {
			int count = counts[bits];

			code |= in[at / 8] >> (at & 7) & 1;
			if (code - first < count) {
				out[len++] = index + code - first;
				at++;
				break;
			}
			index += count;
			first = (first + count) << 1;
			code <<= 1;
		}
	}
	return len;
}

/* Joins the two rarest trees until one is left, then reads the depth of each leaf. */
ENTRY(huffman_lengths) uint32_t huffman_lengths(uint32_t n, uint32_t seed)
{
	uint32_t weights[128];
	uint8_t parents[128];
	uint8_t roots[128];
	uint32_t nodes = n, left = n, longest = 0;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n; i++) {
		weights[i] = in[i] + 1;
		roots[i] = i;
	}
	while (left > 1) {
		uint32_t pick;

		weights[nodes] = 0;
		for (pick = 0; pick < 2; pick++) {
			uint32_t best = 0;

			for (i = 1; i < left; i++)
				if (weights[roots[i]] < weights[roots[best]])
					best = i;
			weights[nodes] += weights[roots[best]];
			parents[roots[best]] = nodes;
			roots[best] = roots[--left];
		}
		roots[left++] = nodes++;
	}
	for (i = 0; i < n; i++) {
		uint32_t at = i, depth = 0;

		while (at != nodes - 1) {
			at = parents[at];
			depth++;
		}
		if (depth > longest)
			longest = depth;
	}
	return longest;
}

ENTRY(delta) uint32_t delta(uint32_t n, uint32_t seed)
{
	uint8_t last = 0;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n; i++) {
		uint8_t x = in[i];

		out[i] = x - last;
		last = x;
	}
	for (i = 1; i < n; i++)
		out[i] += out[i - 1];
	return out[n / 2];
}

ENTRY(move_to_front) uint32_t move_to_front(uint32_t n, uint32_t seed)
{
	uint8_t order[256];
	uint32_t i, j;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < 256; i++)
		order[i] = i;
	for (i = 0; i < n; i++) {
		for (j = 0; j < 255 && order[j] != in[i]; j++)
			;
		out[i] = j;
		for (; j > 0; j--)
			order[j] = order[j - 1];
		order[0] = in[i];
	}
	return out[0];
}

ENTRY(zigzag) uint32_t zigzag(uint32_t n, uint32_t seed)
{
	const int32_t *from = (const int32_t *)in;
	uint32_t len = 0;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n; i++) {
		uint32_t x = (uint32_t)from[i] << 1 ^ (uint32_t)(from[i] >> 31);

		do {
			out[len++] = (x & 0x7f) | (x > 0x7f ? 0x80 : 0);
			x >>= 7;
		} while (x);
	}
	return len;
}

ENTRY(cobs_encode) uint32_t cobs_encode(uint32_t n, uint32_t seed)
{
	uint32_t code_at = 0, len = 1, i;
	uint8_t code = 1;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n; i++) {
		if (in[i]) {
			out[len++] = in[i];
			code++;
		}
		if (!in[i] || code == 0xff) {
			out[code_at] = code;
			code = 1;
			code_at = len++;
		}
	}
	out[code_at] = code;
	return len;
}

ENTRY(cobs_decode) uint32_t cobs_decode(uint32_t n, uint32_t seed)
{
	const uint8_t *p = in, *end = in + n;
	uint32_t len = 0;

	corpus_fill(in, sizeof(in), seed);
	while (p < end) {
		uint8_t code = *p++;
		uint8_t i;

		if (!code)
			break;
		for (i = 1; i < code && p < end; i++)
			out[len++] = *p++;
		if (code != 0xff && p < end)
			out[len++] = 0;
	}
	return len;
}

ENTRY(elias_gamma) uint32_t elias_gamma(uint32_t n, uint32_t seed)
{
	uint32_t at = 0, i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < sizeof(out); i++)
		out[i] = 0;
	for (i = 0; i < n; i++) {
		uint32_t x = in[i] + 1;
		uint32_t bits = 0;

		while (x >> bits > 1)
			bits++;
		at += bits;
		do {
			out[at / 8] |= (x >> bits & 1) << (at % 8);
			at++;
		} while (bits--);
	}
	return at;
}

ENTRY(unpack_bits) uint32_t unpack_bits(uint32_t n, uint32_t width, uint32_t seed)
{
	uint32_t buffer = 0, have = 0, at = 0, sum = 0;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < n; i++) {
		while (have < width) {
			buffer |= (uint32_t)in[at++] << have;
			have += 8;
		}
		sum += buffer & ((1u << width) - 1);
		buffer >>= width;
		have -= width;
	}
	return sum;
}

ENTRY(lzss_find) uint32_t lzss_find(uint32_t n, uint32_t seed)
{
	uint32_t at = 0, items = 0;
	uint32_t i;

	corpus_fill(in, sizeof(in), seed);
	for (i = 0; i < sizeof(in); i++)
		in[i] &= 3;
	while (at < n) {
		uint32_t best = 0;
		uint32_t from = at > 64 ? at - 64 : 0;

		for (; from < at; from++) {
			uint32_t len = 0;

			while (len < 18 && at + len < n && in[from + len] == in[at + len])
				len++;
			if (len > best)
				best = len;
		}
		at += best >= 3 ? best : 1;
		items++;
	}
	return items;
}
