// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mistakes made on purpose, which a test kernel must report; else its silence about cervus.ko says
 * nothing. One mistake per loading, chosen by the parameter `mistake`; all happen in the context of
 * insmod.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

/* The Rust half, canary/src/lib.rs: writes a byte past the end of `len` bytes at `place`. */
void canary_overrun(u8 *place, size_t len);

static char *mistake = "";
module_param(mistake, charp, 0);

static DEFINE_SPINLOCK(canary_spin);
static DEFINE_MUTEX(canary_a);
static DEFINE_MUTEX(canary_b);

static int canary_overrun_by_one(void)
{
	u8 *place = kmalloc(120, GFP_KERNEL);

	if (!place)
		return -ENOMEM;
	canary_overrun(place, 120);
	kfree(place);
	return 0;
}

/* Blocks of two sizes that nothing points to from then on. */
static int canary_leak(void)
{
	unsigned int i;

	for (i = 0; i < 512; i++) {
		if (!kmalloc(120, GFP_KERNEL))
			return -ENOMEM;
		if (i % 8 == 0 && !vmalloc(64 << 10))
			return -ENOMEM;
	}
	return 0;
}

static int canary_sleep(void)
{
	spin_lock(&canary_spin);
	might_sleep();
	spin_unlock(&canary_spin);
	return 0;
}

/* Two orders of the same two locks: nobody hangs, but two tasks could. */
static int canary_order(void)
{
	mutex_lock(&canary_a);
	mutex_lock(&canary_b);
	mutex_unlock(&canary_b);
	mutex_unlock(&canary_a);
	mutex_lock(&canary_b);
	mutex_lock(&canary_a);
	mutex_unlock(&canary_a);
	mutex_unlock(&canary_b);
	return 0;
}

static int __init canary_init(void)
{
	if (!strcmp(mistake, "overrun"))
		return canary_overrun_by_one();
	if (!strcmp(mistake, "leak"))
		return canary_leak();
	if (!strcmp(mistake, "sleep"))
		return canary_sleep();
	if (!strcmp(mistake, "order"))
		return canary_order();
	if (!strcmp(mistake, "warn")) {
		WARN(1, "canary\n");
		return 0;
	}
	return -EINVAL;
}

static void __exit canary_exit(void)
{
}

module_init(canary_init);
module_exit(canary_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Mistakes that a test kernel must report");
