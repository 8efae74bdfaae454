/* SPDX-License-Identifier: GPL-2.0-only */
/* Pointers that run to an end, strings, tables of constants. */
#include "corpus.h"

volatile u32 sink;
static u8 bytes[512];
static u32 words[256];
static char text[256];

static const u8 limits[8] = { 3, 5, 8, 13, 21, 34, 55, 89 };

struct record {
	u32 key;
	u32 value;
	u32 weight;
};

static struct record records[64];

// @fn bytes_to_end(n=0..512)
EXPORT void bytes_to_end(u32 n)
{
	for (const u8 *p = bytes, *end = bytes + n; p < end; p++)
		sink = *p;
}

// @fn words_to_end(n=0..256)
EXPORT void words_to_end(u32 n)
{
	for (const u32 *p = words, *end = words + n; p != end; p++)
		sink = *p;
}

// @fn records_to_end(n=0..64)
EXPORT void records_to_end(u32 n)
{
	for (const struct record *p = records, *end = records + n; p != end; p++)
		sink = p->value;
}

// @fn whole_array()
EXPORT void whole_array(void)
{
	for (u32 i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sink = words[i];
}

// @fn backwards(n=0..256)
EXPORT void backwards(u32 n)
{
	const u32 *p = words + n;

	while (p > words)
		sink = *--p;
}

// @fn copy_words(n=0..128)
EXPORT void copy_words(u32 n)
{
	volatile u32 *to = words;
	const u32 *from = words + 128;

	while (n--)
		*to++ = *from++;
}

// @fn text_length(n=0..255)
EXPORT u32 text_length(u32 n)
{
	u32 length = 0;

	for (u32 i = 0; i < n; i++)
		text[i] = 'x';
	text[n] = 0;
	while (length < sizeof(text) && text[length])
		length++;
	return length;
}

// @fn table_limit(which=0..7)
EXPORT void table_limit(u32 which)
{
	for (u32 i = 0; i < limits[which & 7]; i++)
		sink = i;
}

// @fn byte_from_memory(n=0..255)
EXPORT void byte_from_memory(u32 n)
{
	bytes[3] = (u8)n;
	u32 count = *(volatile u8 *)&bytes[3];

	for (u32 i = 0; i < count; i++)
		sink = i;
}

// @fn on_the_stack(n=0..32)
EXPORT void on_the_stack(u32 n)
{
	volatile u32 local[32];

	for (u32 i = 0; i < n; i++)
		local[i] = i;
	for (u32 i = 0; i < n; i++)
		sink = local[i];
}

// @fn unrolled_by_hand(n=0..200)
EXPORT void unrolled_by_hand(u32 n)
{
	u32 i = 0;

	for (; i + 4 <= n; i += 4) {
		sink = bytes[i];
		sink = bytes[i + 1];
		sink = bytes[i + 2];
		sink = bytes[i + 3];
	}
	for (; i < n; i++)
		sink = bytes[i];
}

// @fn sum_bytes(n=0..512)
EXPORT u32 sum_bytes(u32 n)
{
	u32 sum = 0;

	for (u32 i = 0; i < n; i++)
		sum += bytes[i];
	return sum;
}

// @fn sum_strided(n=0..64)
EXPORT u32 sum_strided(u32 n)
{
	u32 sum = 0;

	for (u32 i = 0; i < n; i++)
		sum += words[i * 4];
	return sum;
}
