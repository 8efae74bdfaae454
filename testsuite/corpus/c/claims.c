/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program tells the verifier itself. */
#include "corpus.h"
#include "../../../usermode/include/cervus_bounds.h"

volatile u32 sink;

struct node {
	struct node *next;
	u32 value;
};

static struct node nodes[64];

// @fn required(n=0..4096)
EXPORT void required(u32 n)
{
	CERVUS_REQUIRE(n <= 4096);
	for (u32 i = 0; i < n; i++)
		sink = i;
}

// @fn list_walk(n=1..64)
EXPORT u32 list_walk(u32 n)
{
	u32 sum = 0;

	for (u32 i = 0; i < n; i++) {
		nodes[i].next = i + 1 < n ? &nodes[i + 1] : 0;
		nodes[i].value = i;
	}
	for (const struct node *p = nodes; p; p = p->next) {
		cervus_loop_bound(64);
		sum += p->value;
	}
	return sum;
}
