// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages for the Rust half: linear memories of guests, and linked code.
 *
 * Both are arrays of pages, charged to the task's cgroup or the one that the work has set, and
 * mapped by vmap(). A memory grows by more pages and a new mapping: nothing is copied, the base
 * moves. Code is mapped twice, once to write it and once to read it; the first mapping goes when
 * the code is complete. The kernel's linear mapping of these pages stays writable: vmap() leaves
 * it alone, and set_memory_ro() is not for modules.
 *
 * Everything here may sleep.
 */
#include <linux/capability.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "cervus.h"

#define CERVUS_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)
/* Pages that are got or given back at a time before others may run. */
#define BATCH		64

static bool mask;
module_param(mask, bool, 0644);
MODULE_PARM_DESC(mask, "mask addresses of guests under speculation, whoever loads them");

struct cervus_pages {
	struct page **pages;
	ulong count;
	ulong room;	/* of the array */
	void *base;	/* mapping that stays */
	void *writable;	/* code that is not sealed: the other one */
};

/*
 * Whether a program that this task loads must not be able to read the kernel's memory by
 * speculation: the task could not by other means.
 */
bool cervus_masked(void)
{
	return READ_ONCE(mask) || !perfmon_capable();
}

/*
 * Lets others run, in the middle of long work. True if the work is in vain: its task is being
 * killed.
 */
u32 cervus_poll(void)
{
	cond_resched();
	return fatal_signal_pending(current);
}

/* Gives the pages from count on back. */
static void cervus_shrink(struct cervus_pages *p, ulong count)
{
	while (p->count > count) {
		__free_page(p->pages[--p->count]);
		if (p->count % BATCH == 0)
			cond_resched();
	}
}

/* Makes room in the array. */
static int cervus_reserve(struct cervus_pages *p, ulong count)
{
	struct page **pages;
	ulong room;

	if (count <= p->room)
		return 0;
	room = roundup_pow_of_two(count);
	pages = kvmalloc_array(room, sizeof(*pages), CERVUS_GFP);
	if (!pages)
		return -ENOMEM;
	memcpy(pages, p->pages, p->count * sizeof(*pages));
	kvfree(p->pages);
	p->pages = pages;
	p->room = room;
	return 0;
}

/* Gets zeroed pages until there are so many; if that fails there are as many as before. */
static int cervus_extend(struct cervus_pages *p, ulong count)
{
	ulong before = p->count;

	if (cervus_reserve(p, count))
		return -ENOMEM;
	while (p->count < count) {
		struct page *page = alloc_page(CERVUS_GFP | __GFP_ZERO);

		if (!page)
			goto fail;
		p->pages[p->count++] = page;
		if (p->count % BATCH == 0 && cervus_poll())
			goto fail;
	}
	return 0;
fail:
	cervus_shrink(p, before);
	return -ENOMEM;
}

static void cervus_unmap(void *mapping)
{
	if (mapping)
		vunmap(mapping);
	cond_resched();
}

/* Gives pages and mappings back; NULL is nothing. */
void cervus_pages_free(struct cervus_pages *p)
{
	if (!p)
		return;
	cervus_unmap(p->writable);
	cervus_unmap(p->base);
	cervus_shrink(p, 0);
	kvfree(p->pages);
	kfree(p);
}

/*
 * Makes a memory so many bytes long, more than now; the first time *memory is NULL. Its first byte,
 * which has moved, or NULL: then it is as it was.
 */
void *cervus_memory_grow(struct cervus_pages **memory, size_t bytes)
{
	struct cervus_pages *p = *memory;
	ulong before, count = DIV_ROUND_UP(bytes, PAGE_SIZE);
	void *base;

	if (!p) {
		p = kzalloc(sizeof(*p), CERVUS_GFP);
		if (!p)
			return NULL;
	}
	before = p->count;
	if (count > UINT_MAX || cervus_extend(p, count))
		goto fail;
	base = vmap(p->pages, count, VM_MAP, PAGE_KERNEL);
	cond_resched();
	if (!base) {
		cervus_shrink(p, before);
		goto fail;
	}
	cervus_unmap(p->base);
	p->base = base;
	*memory = p;
	return base;
fail:
	if (!*memory)
		cervus_pages_free(p);
	return NULL;
}

/*
 * Pages for code: *writable to write it, *base to read it, before and after. NULL if there are
 * none.
 */
struct cervus_pages *cervus_code_alloc(size_t bytes, void **writable, const void **base)
{
	ulong count = DIV_ROUND_UP(bytes, PAGE_SIZE);
	struct cervus_pages *p;

	p = kzalloc(sizeof(*p), CERVUS_GFP);
	if (!p)
		return NULL;
	if (count > UINT_MAX || cervus_extend(p, count))
		goto fail;
	p->base = vmap(p->pages, count, VM_MAP, PAGE_KERNEL_RO);
	cond_resched();
	if (!p->base)
		goto fail;
	p->writable = vmap(p->pages, count, VM_MAP, PAGE_KERNEL);
	cond_resched();
	if (!p->writable)
		goto fail;
	*writable = p->writable;
	*base = p->base;
	return p;
fail:
	cervus_pages_free(p);
	return NULL;
}

/* The code is complete: nobody writes to it any more. */
void cervus_code_seal(struct cervus_pages *p)
{
	cervus_unmap(p->writable);
	p->writable = NULL;
}

#ifdef CERVUS_TEST
/* For the tests: writes to linked code as a stray pointer would, which must fault. */
void cervus_test_write_code(const struct kengine_program *program)
{
	u32 *word = (u32 *)cervus_program_code(program);

	WRITE_ONCE(*word, 0);
}
#endif
