// SPDX-License-Identifier: GPL-2.0-only
/* 32-bit arithmetic: a CRC, bit by bit, of the bytes 0 to 199. */
#include "program.h"

static u32 work(void)
{
	u32 crc = ~0U;

	__asm__ volatile("" : "+r"(crc));
	for (u32 byte = 0; byte < 200; byte++) {
		crc ^= byte;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xEDB88320U & -(crc & 1));
	}
	return ~crc;
}
