// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checksums and hashes: CRC-32 by bit and by table (IEEE 802.3), CRC-16 (CCITT), Adler-32 and Fletcher-16 (RFC 1950,
 * RFC 1146), the Internet checksum (RFC 1071), FNV-1a, djb2, Murmur3, Jenkins one-at-a-time, SipHash-2-4, xxHash32,
 * SHA-1, SHA-256, MD5 (RFC 3174, FIPS 180-4, RFC 1321) and Pearson's hash.
 *
 * entry: crc32_bits(n: 0..=256, seed: any)
 * entry: crc32_table(n: 0..=1024, seed: any)
 * entry: crc16(n: 0..=256, seed: any)
 * entry: adler32(n: 0..=1024, seed: any)
 * entry: adler32_blocks(n: 0..=1024, seed: any)
 * entry: fletcher16(n: 0..=1024, seed: any)
 * entry: internet(n: 0..=1024, seed: any)
 * entry: fnv1a(n: 0..=1024, seed: any)
 * entry: djb2(n: 0..=1000, seed: any)
 * entry: murmur3(n: 0..=1024, seed: any)
 * entry: one_at_a_time(n: 0..=1024, seed: any)
 * entry: siphash(n: 0..=1024, seed: any)
 * entry: xxh32(n: 0..=1024, seed: any)
 * entry: sha1(n: 0..=900, seed: any)
 * entry: sha256(n: 0..=900, seed: any)
 * entry: md5(n: 0..=900, seed: any)
 * entry: pearson(n: 0..=1024, seed: any)
 */
#include "../corpus.h"

static uint8_t data[1024];

static uint32_t rotl(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static uint32_t load32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t load64(const uint8_t *p)
{
	return load32(p) | (uint64_t)load32(p + 4) << 32;
}

ENTRY(crc32_bits) uint32_t crc32_bits(uint32_t n, uint32_t seed)
{
	uint32_t crc = ~0u;
	uint32_t i;
	int bit;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < n; i++) {
		crc ^= data[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

ENTRY(crc32_table) uint32_t crc32_table(uint32_t n, uint32_t seed)
{
	static uint32_t table[256];
	const uint8_t *p = data;
	uint32_t crc = ~0u;
	uint32_t i, j;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < 256; i++) {
		uint32_t x = i;

		for (j = 0; j < 8; j++)
			x = x >> 1 ^ (0xedb88320 & -(x & 1));
		table[i] = x;
	}
	while (n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

ENTRY(crc16) uint32_t crc16(uint32_t n, uint32_t seed)
{
	uint16_t crc = 0xffff;
	uint32_t i;
	uint8_t bit;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < n; i++)
		for (bit = 0x80; bit; bit >>= 1) {
			int high = !!(crc & 0x8000) ^ !!(data[i] & bit);

			crc = crc << 1 ^ (high ? 0x1021 : 0);
		}
	return crc;
}

ENTRY(adler32) uint32_t adler32(uint32_t n, uint32_t seed)
{
	uint32_t a = 1, b = 0;
	uint32_t i;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < n; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

/* The remainder is taken once for each block. */
ENTRY(adler32_blocks) uint32_t adler32_blocks(uint32_t n, uint32_t seed)
{
	const uint8_t *p = data;
	uint32_t a = 1, b = 0;

	corpus_fill(data, sizeof(data), seed);
	while (n > 0) {
		uint32_t block = n < 360 ? n : 360;

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

ENTRY(fletcher16) uint32_t fletcher16(uint32_t n, uint32_t seed)
{
	const uint8_t *p = data, *end = data + n;
	uint16_t a = 0, b = 0;

	corpus_fill(data, sizeof(data), seed);
	while (p < end) {
		a = (a + *p++) % 255;
		b = (b + a) % 255;
	}
	return b << 8 | a;
}

ENTRY(internet) uint32_t internet(uint32_t n, uint32_t seed)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	corpus_fill(data, sizeof(data), seed);
	while (n > 1) {
		sum += p[0] << 8 | p[1];
		p += 2;
		n -= 2;
	}
	if (n)
		sum += *p << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

ENTRY(fnv1a) uint64_t fnv1a(uint32_t n, uint32_t seed)
{
	uint64_t hash = 0xcbf29ce484222325;
	uint32_t i;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < n; i++) {
		hash ^= data[i];
		hash *= 0x100000001b3;
	}
	return hash;
}

/* Of a text that ends with a zero. */
ENTRY(djb2) uint32_t djb2(uint32_t n, uint32_t seed)
{
	const uint8_t *p = data;
	uint32_t hash = 5381;
	uint32_t i;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < sizeof(data); i++)
		data[i] |= 1;
	data[n] = 0;
	while (*p)
		hash = hash * 33 + *p++;
	return hash;
}

ENTRY(murmur3) uint32_t murmur3(uint32_t n, uint32_t seed)
{
	uint32_t hash = seed;
	uint32_t blocks = n / 4;
	uint32_t k = 0;
	uint32_t i;

	corpus_fill(data, sizeof(data), seed);
	for (i = 0; i < blocks; i++) {
		k = load32(data + 4 * i) * 0xcc9e2d51;
		k = rotl(k, 15) * 0x1b873593;
		hash = rotl(hash ^ k, 13) * 5 + 0xe6546b64;
	}
	k = 0;
	for (i = n & 3; i > 0; i--)
		k = k << 8 | data[4 * blocks + i - 1];
	hash ^= rotl(k * 0xcc9e2d51, 15) * 0x1b873593;
	hash ^= n;
	hash = (hash ^ hash >> 16) * 0x85ebca6b;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35;
	return hash ^ hash >> 16;
}

ENTRY(one_at_a_time) uint32_t one_at_a_time(uint32_t n, uint32_t seed)
{
	uint32_t hash = 0;
	uint32_t i = 0;

	corpus_fill(data, sizeof(data), seed);
	while (i != n) {
		hash += data[i++];
		hash += hash << 10;
		hash ^= hash >> 6;
	}
	hash += hash << 3;
	hash ^= hash >> 11;
	return hash + (hash << 15);
}

static uint64_t rotl64(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void sip_rounds(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[1] = rotl64(v[1], 13) ^ v[0];
		v[0] = rotl64(v[0], 32);
		v[2] += v[3];
		v[3] = rotl64(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl64(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl64(v[1], 17) ^ v[2];
		v[2] = rotl64(v[2], 32);
	}
}

ENTRY(siphash) uint64_t siphash(uint32_t n, uint32_t seed)
{
	uint64_t v[4] = {
		0x736f6d6570736575 ^ seed, 0x646f72616e646f6d, 0x6c7967656e657261 ^ seed, 0x7465646279746573
	};
	const uint8_t *p = data, *end = data + (n & ~7u);
	uint64_t last = (uint64_t)n << 56;
	uint32_t i;

	corpus_fill(data, sizeof(data), seed);
	for (; p != end; p += 8) {
		uint64_t m = load64(p);

		v[3] ^= m;
		sip_rounds(v, 2);
		v[0] ^= m;
	}
	for (i = 0; i < (n & 7); i++)
		last |= (uint64_t)p[i] << (8 * i);
	v[3] ^= last;
	sip_rounds(v, 2);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#define P1 2654435761u
#define P2 2246822519u
#define P3 3266489917u
#define P4 668265263u
#define P5 374761393u

ENTRY(xxh32) uint32_t xxh32(uint32_t n, uint32_t seed)
{
	const uint8_t *p = data, *end = data + n;
	uint32_t hash = seed + P5;
	int lane;

	corpus_fill(data, sizeof(data), seed);
	if (n >= 16) {
		uint32_t acc[4] = { seed + P1 + P2, seed + P2, seed, seed - P1 };

		do {
			for (lane = 0; lane < 4; lane++) {
				acc[lane] = rotl(acc[lane] + load32(p) * P2, 13) * P1;
				p += 4;
			}
		} while (p <= end - 16);
		hash = rotl(acc[0], 1) + rotl(acc[1], 7) + rotl(acc[2], 12) + rotl(acc[3], 18);
	}
	hash += n;
	while (p + 4 <= end) {
		hash = rotl(hash + load32(p) * P3, 17) * P4;
		p += 4;
	}
	while (p < end)
		hash = rotl(hash + *p++ * P5, 11) * P1;
	hash = (hash ^ hash >> 15) * P2;
	hash = (hash ^ hash >> 13) * P3;
	return hash ^ hash >> 16;
}

/* Pads the message in place to whole blocks of 64 bytes; gives their number. */
static uint32_t pad(uint32_t n, int big_endian)
{
	uint32_t blocks = (n + 9 + 63) / 64;
	uint32_t i;

	data[n] = 0x80;
	for (i = n + 1; i < blocks * 64; i++)
		data[i] = 0;
	for (i = 0; i < 4; i++)
		data[blocks * 64 - (big_endian ? 1 + i : 8 - i)] = (n * 8) >> (8 * i);
	return blocks;
}

static uint32_t load32_big(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

ENTRY(sha1) uint32_t sha1(uint32_t n, uint32_t seed)
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint32_t w[80];
	uint32_t blocks, block;
	int i;

	corpus_fill(data, sizeof(data), seed);
	blocks = pad(n, 1);
	for (block = 0; block < blocks; block++) {
		uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

		for (i = 0; i < 16; i++)
			w[i] = load32_big(data + 64 * block + 4 * i);
		for (; i < 80; i++)
			w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		for (i = 0; i < 80; i++) {
			uint32_t f, k, x;

			if (i < 20) {
				f = (b & c) | (~b & d);
				k = 0x5a827999;
			} else if (i < 40) {
				f = b ^ c ^ d;
				k = 0x6ed9eba1;
			} else if (i < 60) {
				f = (b & c) | (b & d) | (c & d);
				k = 0x8f1bbcdc;
			} else {
				f = b ^ c ^ d;
				k = 0xca62c1d6;
			}
			x = rotl(a, 5) + f + e + k + w[i];
			e = d;
			d = c;
			c = rotl(b, 30);
			b = a;
			a = x;
		}
		h[0] += a;
		h[1] += b;
		h[2] += c;
		h[3] += d;
		h[4] += e;
	}
	return h[0] ^ h[4];
}

static uint32_t rotr(uint32_t x, int by)
{
	return x >> by | x << (32 - by);
}

/* The first 32 bits behind the point of the cube roots (and square roots) of the first primes, by bisection. */
static uint32_t root_bits(uint32_t prime, int cube)
{
	uint64_t lo = 0, hi = (uint64_t)32 << 32;

	while (hi - lo > 1) {
		uint64_t mid = lo + (hi - lo) / 2;
		double x = mid / 4294967296.0;

		if ((cube ? x * x * x : x * x) <= prime)
			lo = mid;
		else
			hi = mid;
	}
	return (uint32_t)lo;
}

ENTRY(sha256) uint32_t sha256(uint32_t n, uint32_t seed)
{
	uint32_t k[64], w[64], h[8];
	uint32_t candidate, divisor;
	uint32_t blocks, block;
	int primes = 0;
	int i;

	corpus_fill(data, sizeof(data), seed);
	/* The 64th prime is 311. */
	for (candidate = 2; candidate <= 311 && primes < 64; candidate++) {
		for (divisor = 2; divisor * divisor <= candidate; divisor++)
			if (candidate % divisor == 0)
				break;
		if (divisor * divisor <= candidate)
			continue;
		if (primes < 8)
			h[primes] = root_bits(candidate, 0);
		k[primes++] = root_bits(candidate, 1);
	}
	blocks = pad(n, 1);
	for (block = 0; block < blocks; block++) {
		uint32_t s[8];

		for (i = 0; i < 16; i++)
			w[i] = load32_big(data + 64 * block + 4 * i);
		for (i = 16; i < 64; i++) {
			uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
			uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10;

			w[i] = w[i - 16] + s0 + w[i - 7] + s1;
		}
		for (i = 0; i < 8; i++)
			s[i] = h[i];
		for (i = 0; i < 64; i++) {
			uint32_t s1 = rotr(s[4], 6) ^ rotr(s[4], 11) ^ rotr(s[4], 25);
			uint32_t t1 = s[7] + s1 + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
			uint32_t s0 = rotr(s[0], 2) ^ rotr(s[0], 13) ^ rotr(s[0], 22);
			uint32_t t2 = s0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
			int j;

			for (j = 7; j > 0; j--)
				s[j] = s[j - 1];
			s[4] += t1;
			s[0] = t1 + t2;
		}
		for (i = 0; i < 8; i++)
			h[i] += s[i];
	}
	return h[0] ^ h[7];
}

ENTRY(md5) uint32_t md5(uint32_t n, uint32_t seed)
{
	static const uint8_t shifts[4][4] = {
		{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 }
	};
	uint32_t h[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	const uint8_t *at = data;
	uint32_t blocks;
	int i;

	corpus_fill(data, sizeof(data), seed);
	for (blocks = pad(n, 0); blocks > 0; blocks--) {
		uint32_t a = h[0], b = h[1], c = h[2], d = h[3];

		for (i = 0; i < 64; i++) {
			uint32_t f, g;

			switch (i / 16) {
			case 0:
				f = (b & c) | (~b & d);
				g = i;
				break;
			case 1:
				f = (d & b) | (~d & c);
				g = 5 * i + 1;
				break;
			case 2:
				f = b ^ c ^ d;
				g = 3 * i + 5;
				break;
			default:
				f = c ^ (b | ~d);
				g = 7 * i;
			}
			/* Any constants do for the loop. */
			f += a + (i + 1) * 0x9e3779b9 + load32(at + 4 * (g & 15));
			a = d;
			d = c;
			c = b;
			b += rotl(f, shifts[i / 16][i & 3]);
		}
		h[0] += a;
		h[1] += b;
		h[2] += c;
		h[3] += d;
		at += 64;
	}
	return h[0] ^ h[3];
}

ENTRY(pearson) uint32_t pearson(uint32_t n, uint32_t seed)
{
	uint8_t table[256];
	uint8_t hash = 0;
	int i;

	corpus_fill(data, sizeof(data), seed);
	for (i = 255; i >= 0; i--)
		table[i] = i * 167 + 13;
	for (i = 0; i < (int)n; i++)
		hash = table[hash ^ data[i]];
	return hash;
}
