// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program tells the verifier itself.
 *
 * entry: required(n: 0..=4096)
 * entry: list_walk(n: 1..=64)
 */
#include "../corpus.h"
#include "../../../../usermode/include/cervus_bounds.h"

static volatile uint32_t sink;

struct node {
	struct node *next;
	uint32_t value;
};

static struct node nodes[64];

ENTRY(required) void required(uint32_t n)
{
	CERVUS_REQUIRE(n <= 4096);
	for (uint32_t i = 0; i < n; i++)
		sink = i;
}

ENTRY(list_walk) uint32_t list_walk(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		nodes[i].next = i + 1 < n ? &nodes[i + 1] : 0;
		nodes[i].value = i;
	}
	for (const struct node *p = nodes; p; p = p->next) {
		cervus_loop_bound(64);
		sum += p->value;
	}
	return sum;
}
