// SPDX-License-Identifier: GPL-2.0-only
/* 64-bit arithmetic: xorshift with a multiplication. */
#include "program.h"

static u32 work(void)
{
	u64 x = 88172645463325252ULL;

	__asm__ volatile("" : "+r"(x));
	for (int i = 0; i < 2000; i++) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		x *= 0x2545F4914F6CDD1DULL;
	}
	return x >> 32;
}
