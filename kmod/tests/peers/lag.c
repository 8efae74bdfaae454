// SPDX-License-Identifier: GPL-2.0-only
/* Memory: a lagged Fibonacci generator in a table on the stack. */
#include "program.h"

static u32 work(void)
{
	volatile u64 table[32];
	u64 sum = 0;

	for (int i = 0; i < 32; i++)
		table[i] = 0x9E3779B97F4A7C15ULL * (i + 1);
	for (u32 i = 0; i < 2000; i++) {
		u64 next = table[i & 31] + table[(i + 7) & 31];

		table[i & 31] = next;
		sum ^= next >> 7;
	}
	return sum ^ sum >> 32;
}
