// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes, checksums, codecs and parsers as many packages have them.
 *
 * entry: crc32_bitwise(n: 0..=128, seed: any)
 * entry: crc32_make_table()
 * entry: crc32_table(n: 0..=512)
 * entry: adler32(n: 0..=512)
 * entry: fnv1a(n: 0..=512)
 * entry: murmur_body(n: 0..=512)
 * entry: hex_encode(n: 0..=256)
 * entry: base64_encode(n: 0..=255)
 * entry: run_length(n: 0..=128, seed: any)
 * entry: varint_write(x: any)
 * entry: varint_read(seed: any)
 * entry: utf8_count(n: 0..=256, seed: any)
 * entry: parse_number(n: 0..=64, seed: any)
 * entry: print_number(x: any)
 * entry: xor_cipher(n: 0..=256)
 * entry: rc4_schedule()
 * entry: tea_encrypt(a: any, b: any)
 * entry: sha_schedule()
 * entry: count_words(n: 0..=256, seed: any)
 */
#include "../corpus.h"

static volatile uint32_t sink;
static uint8_t in[512];
static uint8_t out[1024];
static uint32_t crc_table[256];

static void fill(uint32_t n, uint32_t seed)
{
	for (uint32_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		in[i] = (uint8_t)(seed >> 24);
	}
}

ENTRY(crc32_bitwise) uint32_t crc32_bitwise(uint32_t n, uint32_t seed)
{
	uint32_t crc = ~0u;

	fill(n, seed);
	for (uint32_t i = 0; i < n; i++) {
		crc ^= in[i];
		for (int k = 0; k < 8; k++)
			crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

ENTRY(crc32_make_table) void crc32_make_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		crc_table[i] = c;
	}
}

ENTRY(crc32_table) uint32_t crc32_table(uint32_t n)
{
	uint32_t crc = ~0u;

	for (const uint8_t *p = in; n--; p++)
		crc = crc_table[(crc ^ *p) & 0xff] ^ (crc >> 8);
	return ~crc;
}

ENTRY(adler32) uint32_t adler32(uint32_t n)
{
	uint32_t a = 1, b = 0;
	const uint8_t *p = in;

	while (n > 0) {
		uint32_t block = n > 64 ? 64 : n;

		n -= block;
		do {
			a += *p++;
			b += a;
		} while (--block);
		a %= 65521;
		b %= 65521;
	}
	return b << 16 | a;
}

ENTRY(fnv1a) uint32_t fnv1a(uint32_t n)
{
	uint32_t hash = 2166136261u;

	for (uint32_t i = 0; i < n; i++)
		hash = (hash ^ in[i]) * 16777619u;
	return hash;
}

ENTRY(murmur_body) uint32_t murmur_body(uint32_t n)
{
	uint32_t h = 0x9747b28c;
	const uint8_t *p = in;

	while (n >= 4) {
		uint32_t k = p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;

		k *= 0x5bd1e995;
		k ^= k >> 24;
		h = h * 0x5bd1e995 ^ k;
		p += 4;
		n -= 4;
	}
	return h;
}

ENTRY(hex_encode) void hex_encode(uint32_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t i = 0; i < n; i++) {
		out[2 * i] = (uint8_t)digits[in[i] >> 4];
		out[2 * i + 1] = (uint8_t)digits[in[i] & 15];
	}
}

ENTRY(base64_encode) uint32_t base64_encode(uint32_t n)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i + 2 < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | in[i + 1] << 8 | in[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			out[at++] = (uint8_t)((v >> shift & 63) + 32);
	}
	return at;
}

ENTRY(run_length) uint32_t run_length(uint32_t n, uint32_t seed)
{
	uint32_t at = 0, i = 0;

	fill(n, seed);
	while (i < n) {
		uint32_t run = 1;

		while (i + run < n && run < 255 && in[i + run] == in[i])
			run++;
		out[at++ & 1023] = (uint8_t)run;
		out[at++ & 1023] = in[i];
		i += run;
	}
	return at;
}

ENTRY(varint_write) uint32_t varint_write(uint32_t x)
{
	uint32_t at = 0;

	while (x >= 0x80) {
		out[at++] = (uint8_t)(x | 0x80);
		x >>= 7;
	}
	out[at++] = (uint8_t)x;
	return at;
}

ENTRY(varint_read) uint32_t varint_read(uint32_t seed)
{
	uint32_t result = 0;

	fill(16, seed);
	for (uint32_t shift = 0, i = 0; shift < 35; shift += 7, i++) {
		result |= (uint32_t)(in[i] & 0x7f) << (shift & 31);
		if (!(in[i] & 0x80))
			break;
	}
	return result;
}

ENTRY(utf8_count) uint32_t utf8_count(uint32_t n, uint32_t seed)
{
	uint32_t count = 0;

	fill(n, seed);
	for (uint32_t i = 0; i < n; i++)
		count += (in[i] & 0xc0) != 0x80;
	return count;
}

ENTRY(parse_number) uint32_t parse_number(uint32_t n, uint32_t seed)
{
	uint32_t value = 0, i = 0;

	fill(n, seed);
	while (i < n && in[i] == ' ')
		i++;
	while (i < n && (uint32_t)(in[i] - '0') < 10u) {
		value = value * 10 + (in[i] - '0');
		i++;
	}
	return value;
}

ENTRY(print_number) uint32_t print_number(uint32_t x)
{
	uint8_t digits[10];
	uint32_t n = 0, at = 0;

	do {
		digits[n++] = (uint8_t)('0' + x % 10);
		x /= 10;
	} while (x && n < 10);
	while (n > 0)
		out[at++] = digits[--n];
	return at;
}

ENTRY(xor_cipher) void xor_cipher(uint32_t n)
{
	for (uint32_t i = 0, k = 0; i < n; i++) {
		out[i] = in[i] ^ (uint8_t)(k * 37);
		k = k + 1 == 16 ? 0 : k + 1;
	}
}

ENTRY(rc4_schedule) void rc4_schedule(void)
{
	static uint8_t s[256];
	uint32_t j = 0;

	for (uint32_t i = 0; i < 256; i++)
		s[i] = (uint8_t)i;
	for (uint32_t i = 0; i < 256; i++) {
		j = (j + s[i] + in[i & 15]) & 255;
		uint8_t t = s[i];

		s[i] = s[j];
		s[j] = t;
	}
	sink = s[0];
}

ENTRY(tea_encrypt) uint32_t tea_encrypt(uint32_t a, uint32_t b)
{
	uint32_t sum = 0;

	for (int i = 0; i < 32; i++) {
		sum += 0x9e3779b9;
		a += ((b << 4) + 1) ^ (b + sum) ^ ((b >> 5) + 2);
		b += ((a << 4) + 3) ^ (a + sum) ^ ((a >> 5) + 4);
	}
	return a ^ b;
}

ENTRY(sha_schedule) void sha_schedule(void)
{
	static uint32_t w[64];

	for (uint32_t t = 0; t < 16; t++)
		w[t] = in[t];
	for (uint32_t t = 16; t < 64; t++)
		w[t] = w[t - 16] + (w[t - 15] >> 3) + w[t - 7] + (w[t - 2] >> 10);
	sink = w[63];
}

ENTRY(count_words) uint32_t count_words(uint32_t n, uint32_t seed)
{
	uint32_t words = 0, in_word = 0;

	fill(n, seed);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t letter = in[i] > ' ';

		words += letter & !in_word;
		in_word = letter;
	}
	return words;
}
