// SPDX-License-Identifier: GPL-2.0-only
/*
 * `primes [N]`: sieves the primes below N (100000 unless given) and logs how many there are, the largest, their sum,
 * and the CRC-32 of the list as little-endian 32-bit words: a figure that another implementation can be held against.
 *
 * Exit code 2 when N is not a number from 3 to 1000000.
 */
#include "cwa.h"

#define LIMIT_MAX 1000000u
#define LIMIT_DEFAULT 100000u

static uint8_t composite[LIMIT_MAX];
static uint32_t crc_table[256];

struct line {
	char text[160];
	size_t len;
};

static void put_char(struct line *line, char c)
{
	if (line->len < sizeof(line->text))
		line->text[line->len++] = c;
}

static void put_text(struct line *line, const char *text)
{
	while (*text)
		put_char(line, *text++);
}

static void put_number(struct line *line, uint64_t value, uint32_t base, int min_digits)
{
	char digits[20];
	int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value || count < min_digits);
	while (count)
		put_char(line, digits[--count]);
}

static void fill_crc_table(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
		crc_table[byte] = crc;
	}
}

static uint32_t crc_word(uint32_t crc, uint32_t word)
{
	for (int i = 0; i < 4; i++, word >>= 8)
		crc = (crc >> 8) ^ crc_table[(crc ^ word) & 0xff];
	return crc;
}

/* Reads the bound from argument 1; 0 means that it is not a number in range. */
static uint32_t read_limit(void)
{
	char arg[8];
	int32_t len;
	uint32_t limit = 0;

	if (cwa_startup_arg_len() < 2)
		return LIMIT_DEFAULT;
	len = cwa_startup_arg_at(1, arg, sizeof(arg));
	if (len <= 0 || len == sizeof(arg))
		return 0;
	for (int32_t i = 0; i < len; i++) {
		if (arg[i] < '0' || arg[i] > '9')
			return 0;
		limit = limit * 10 + (uint32_t)(arg[i] - '0');
	}
	return limit >= 3 && limit <= LIMIT_MAX ? limit : 0;
}

int32_t __app_main(void)
{
	static const char usage[] = "usage: primes [N], with N from 3 to 1000000";
	struct line line;
	uint32_t limit = read_limit();
	uint32_t crc = 0xffffffffu;
	uint32_t count = 0, last = 0;
	uint64_t sum = 0;

	if (!limit) {
		cwa_log_write(CWA_ERROR, usage, sizeof(usage) - 1);
		return 2;
	}

	line.len = 0; /* no initializer: the rest of it would be a call of memset, and there is no libc */
	fill_crc_table();
	for (uint32_t i = 2; i < limit; i++) {
		if (composite[i])
			continue;
		count++;
		sum += i;
		last = i;
		crc = crc_word(crc, i);
		for (uint64_t multiple = (uint64_t)i * i; multiple < limit; multiple += i)
			composite[multiple] = 1;
	}

	put_number(&line, count, 10, 1);
	put_text(&line, " primes below ");
	put_number(&line, limit, 10, 1);
	put_text(&line, ", largest ");
	put_number(&line, last, 10, 1);
	put_text(&line, ", sum ");
	put_number(&line, sum, 10, 1);
	put_text(&line, ", crc32 ");
	put_number(&line, ~crc, 16, 8);
	cwa_log_write(CWA_INFO, line.text, line.len);
	return 0;
}
