/* SPDX-License-Identifier: GPL-2.0-only */
/* Hashes, checksums, codecs and parsers as many packages have them. */
#include "corpus.h"

volatile u32 sink;
static u8 in[512];
static u8 out[1024];
static u32 crc_table[256];

static void fill(u32 n, u32 seed)
{
	for (u32 i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		in[i] = (u8)(seed >> 24);
	}
}

// @fn crc32_bitwise(n=0..128, seed=*)
EXPORT u32 crc32_bitwise(u32 n, u32 seed)
{
	u32 crc = ~0u;

	fill(n, seed);
	for (u32 i = 0; i < n; i++) {
		crc ^= in[i];
		for (int k = 0; k < 8; k++)
			crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

// @fn crc32_make_table()
EXPORT void crc32_make_table(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		crc_table[i] = c;
	}
}

// @fn crc32_table(n=0..512)
EXPORT u32 crc32_table(u32 n)
{
	u32 crc = ~0u;

	for (const u8 *p = in; n--; p++)
		crc = crc_table[(crc ^ *p) & 0xff] ^ (crc >> 8);
	return ~crc;
}

// @fn adler32(n=0..512)
EXPORT u32 adler32(u32 n)
{
	u32 a = 1, b = 0;
	const u8 *p = in;

	while (n > 0) {
		u32 block = n > 64 ? 64 : n;

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

// @fn fnv1a(n=0..512)
EXPORT u32 fnv1a(u32 n)
{
	u32 hash = 2166136261u;

	for (u32 i = 0; i < n; i++)
		hash = (hash ^ in[i]) * 16777619u;
	return hash;
}

// @fn murmur_body(n=0..512)
EXPORT u32 murmur_body(u32 n)
{
	u32 h = 0x9747b28c;
	const u8 *p = in;

	while (n >= 4) {
		u32 k = p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;

		k *= 0x5bd1e995;
		k ^= k >> 24;
		h = h * 0x5bd1e995 ^ k;
		p += 4;
		n -= 4;
	}
	return h;
}

// @fn hex_encode(n=0..256)
EXPORT void hex_encode(u32 n)
{
	static const char digits[] = "0123456789abcdef";

	for (u32 i = 0; i < n; i++) {
		out[2 * i] = (u8)digits[in[i] >> 4];
		out[2 * i + 1] = (u8)digits[in[i] & 15];
	}
}

// @fn base64_encode(n=0..255)
EXPORT u32 base64_encode(u32 n)
{
	u32 at = 0;

	for (u32 i = 0; i + 2 < n; i += 3) {
		u32 v = (u32)in[i] << 16 | in[i + 1] << 8 | in[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			out[at++] = (u8)((v >> shift & 63) + 32);
	}
	return at;
}

// @fn run_length(n=0..128, seed=*)
EXPORT u32 run_length(u32 n, u32 seed)
{
	u32 at = 0, i = 0;

	fill(n, seed);
	while (i < n) {
		u32 run = 1;

		while (i + run < n && run < 255 && in[i + run] == in[i])
			run++;
		out[at++ & 1023] = (u8)run;
		out[at++ & 1023] = in[i];
		i += run;
	}
	return at;
}

// @fn varint_write(x=*)
EXPORT u32 varint_write(u32 x)
{
	u32 at = 0;

	while (x >= 0x80) {
		out[at++] = (u8)(x | 0x80);
		x >>= 7;
	}
	out[at++] = (u8)x;
	return at;
}

// @fn varint_read(seed=*)
EXPORT u32 varint_read(u32 seed)
{
	u32 result = 0;

	fill(16, seed);
	for (u32 shift = 0, i = 0; shift < 35; shift += 7, i++) {
		result |= (u32)(in[i] & 0x7f) << (shift & 31);
		if (!(in[i] & 0x80))
			break;
	}
	return result;
}

// @fn utf8_count(n=0..256, seed=*)
EXPORT u32 utf8_count(u32 n, u32 seed)
{
	u32 count = 0;

	fill(n, seed);
	for (u32 i = 0; i < n; i++)
		count += (in[i] & 0xc0) != 0x80;
	return count;
}

// @fn parse_number(n=0..64, seed=*)
EXPORT u32 parse_number(u32 n, u32 seed)
{
	u32 value = 0, i = 0;

	fill(n, seed);
	while (i < n && in[i] == ' ')
		i++;
	while (i < n && (u32)(in[i] - '0') < 10u) {
		value = value * 10 + (in[i] - '0');
		i++;
	}
	return value;
}

// @fn print_number(x=*)
EXPORT u32 print_number(u32 x)
{
	u8 digits[10];
	u32 n = 0, at = 0;

	do {
		digits[n++] = (u8)('0' + x % 10);
		x /= 10;
	} while (x && n < 10);
	while (n > 0)
		out[at++] = digits[--n];
	return at;
}

// @fn xor_cipher(n=0..256)
EXPORT void xor_cipher(u32 n)
{
	for (u32 i = 0, k = 0; i < n; i++) {
		out[i] = in[i] ^ (u8)(k * 37);
		k = k + 1 == 16 ? 0 : k + 1;
	}
}

// @fn rc4_schedule()
EXPORT void rc4_schedule(void)
{
	static u8 s[256];
	u32 j = 0;

	for (u32 i = 0; i < 256; i++)
		s[i] = (u8)i;
	for (u32 i = 0; i < 256; i++) {
		j = (j + s[i] + in[i & 15]) & 255;
		u8 t = s[i];

		s[i] = s[j];
		s[j] = t;
	}
	sink = s[0];
}

// @fn tea_encrypt(a=*, b=*)
EXPORT u32 tea_encrypt(u32 a, u32 b)
{
	u32 sum = 0;

	for (int i = 0; i < 32; i++) {
		sum += 0x9e3779b9;
		a += ((b << 4) + 1) ^ (b + sum) ^ ((b >> 5) + 2);
		b += ((a << 4) + 3) ^ (a + sum) ^ ((a >> 5) + 4);
	}
	return a ^ b;
}

// @fn sha_schedule()
EXPORT void sha_schedule(void)
{
	static u32 w[64];

	for (u32 t = 0; t < 16; t++)
		w[t] = in[t];
	for (u32 t = 16; t < 64; t++)
		w[t] = w[t - 16] + (w[t - 15] >> 3) + w[t - 7] + (w[t - 2] >> 10);
	sink = w[63];
}

// @fn count_words(n=0..256, seed=*)
EXPORT u32 count_words(u32 n, u32 seed)
{
	u32 words = 0, in_word = 0;

	fill(n, seed);
	for (u32 i = 0; i < n; i++) {
		u32 letter = in[i] > ' ';

		words += letter & !in_word;
		in_word = letter;
	}
	return words;
}
