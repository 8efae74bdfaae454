// SPDX-License-Identifier: GPL-2.0-only
/*
 * `run(n)`: packs and unpacks n KiB of text with a small LZ77 coder and sorts the packed blocks by their checksum.
 *
 * Format of a block: a flag byte for the next eight items, lowest bit first; flag 0 is a literal byte, flag 1 a match
 * of two bytes, 12 bits distance - 1 and 4 bits length - 3. Candidates come from a hash table of one entry per hash.
 */
#include <stdint.h>

#define BLOCK 4096u
#define BLOCKS_MAX 1024u
#define HASH_BITS 12
#define MATCH_MIN 3u
#define MATCH_MAX 18u

static uint8_t text[BLOCK];
static uint8_t packed[BLOCK + BLOCK / 8 + 1];
static uint8_t unpacked[BLOCK];
static uint32_t heads[1 << HASH_BITS];
static uint32_t sums[BLOCKS_MAX];

static uint32_t rng;

static uint32_t next_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 17;
	rng ^= rng << 5;
	return rng;
}

/* Text of repeated syllables, with a rare byte of noise. */
static void fill_text(void)
{
	static const char syllables[] = "ba do ke lun mi nor pe ra sti tu vo wex ";

	for (uint32_t i = 0; i < BLOCK;) {
		uint32_t from = next_random() % (sizeof(syllables) - 9);
		uint32_t len = 2 + next_random() % 7;

		while (len-- && i < BLOCK)
			text[i++] = (uint8_t)syllables[from++];
		if (next_random() % 32 == 0 && i < BLOCK)
			text[i++] = (uint8_t)next_random();
	}
}

static uint32_t hash_at(const uint8_t *at)
{
	uint32_t word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;

	return word * 2654435761u >> (32 - HASH_BITS);
}

static uint32_t pack(void)
{
	uint32_t out = 0, flags_at = 0, bit = 8;

	for (uint32_t i = 0; i < (1u << HASH_BITS); i++)
		heads[i] = UINT32_MAX;

	for (uint32_t i = 0; i < BLOCK;) {
		uint32_t len = 0, from = UINT32_MAX;

		if (bit == 8) {
			bit = 0;
			flags_at = out;
			packed[out++] = 0;
		}
		if (i + MATCH_MIN <= BLOCK) {
			uint32_t *head = &heads[hash_at(text + i)];

			from = *head;
			*head = i;
		}
		if (from != UINT32_MAX)
			while (len < MATCH_MAX && i + len < BLOCK && text[from + len] == text[i + len])
				len++;
		if (len >= MATCH_MIN) {
			uint32_t code = (i - from - 1) | (len - MATCH_MIN) << 12;

			packed[flags_at] |= (uint8_t)(1u << bit);
			packed[out++] = (uint8_t)code;
			packed[out++] = (uint8_t)(code >> 8);
			i += len;
		} else {
			packed[out++] = text[i++];
		}
		bit++;
	}
	return out;
}

static uint32_t unpack(uint32_t packed_len)
{
	uint32_t in = 0, out = 0;

	while (in < packed_len) {
		uint32_t flags = packed[in++];

		for (int bit = 0; bit < 8 && in < packed_len; bit++, flags >>= 1) {
			uint32_t code, len;

			if (!(flags & 1)) {
				unpacked[out++] = packed[in++];
				continue;
			}
			code = packed[in] | (uint32_t)packed[in + 1] << 8;
			in += 2;
			for (len = (code >> 12) + MATCH_MIN; len; len--, out++)
				unpacked[out] = unpacked[out - (code & 0xfff) - 1];
		}
	}
	return out;
}

/* Shell sort with Ciura's gaps (2001). */
static void sort_sums(uint32_t count)
{
	static const uint32_t gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

	for (uint32_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++)
		for (uint32_t i = gaps[g]; i < count; i++) {
			uint32_t sum = sums[i], at = i;

			for (; at >= gaps[g] && sums[at - gaps[g]] > sum; at -= gaps[g])
				sums[at] = sums[at - gaps[g]];
			sums[at] = sum;
		}
}

/* The checksum; -1 when a block does not come back as it was. */
__attribute__((visibility("default"))) int64_t run(int32_t n)
{
	uint32_t blocks = n > 0 ? (uint32_t)n / 4 + 1 : 1;
	uint64_t result = 0;

	rng = 2463534242u;
	for (uint32_t block = 0; block < blocks; block++) {
		uint32_t packed_len, sum = 1;

		fill_text();
		packed_len = pack();
		if (unpack(packed_len) != BLOCK)
			return -1;
		for (uint32_t i = 0; i < BLOCK; i++)
			if (unpacked[i] != text[i])
				return -1;
		for (uint32_t i = 0; i < packed_len; i++)
			sum = sum * 16777619u ^ packed[i];
		sums[block % BLOCKS_MAX] = sum;
		result += packed_len;
	}
	if (blocks > BLOCKS_MAX)
		blocks = BLOCKS_MAX;
	sort_sums(blocks);
	for (uint32_t i = 0; i < blocks; i++)
		result = result * 6364136223846793005u + sums[i];
	return (int64_t)result;
}
