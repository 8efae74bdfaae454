// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start and end of the module.
 *
 * Files of the module hold it (fops.owner), so the exit runs when none is open. Pinned programs do
 * not hold it: the exit unloads them, and waits for runs that were told to stop.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <asm/cpufeature.h>
#include "cervus.h"

/* Set when the impossible has happened, see cervus_bug(); never cleared. */
bool cervus_dead;
/* Whether guests are dispatched by tail calls. */
bool cervus_tail;

uint cervus_max_image_mb = 64;
module_param_named(max_image_mb, cervus_max_image_mb, uint, 0644);
MODULE_PARM_DESC(max_image_mb, "MiB of the largest image that is loaded");

uint cervus_max_pages = 1024;
module_param_named(max_pages, cervus_max_pages, uint, 0644);
MODULE_PARM_DESC(max_pages, "pages of 64 KiB that a guest's memory may have");

uint cervus_stack_slots = 8192;
module_param_named(stack_slots, cervus_stack_slots, uint, 0644);
MODULE_PARM_DESC(stack_slots, "slots of 8 bytes of a guest's value stack, if START does not say");

/* Those who wait for what will not happen any more look again, and see that. */
static void cervus_wake_all(struct work_struct *work)
{
	cervus_table_wake_all();
}

static DECLARE_WORK(wake_all, cervus_wake_all);

/* Any context. */
void cervus_wake_all_later(void)
{
	schedule_work(&wake_all);
}

static struct miscdevice cervus_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cervus",
	.mode = 0600,
	.fops = &cervus_device_fops,
};

/*
 * Where the kernel keeps real retpolines, every indirect jump is a mispredicted return: one per op
 * is more than tail dispatch is worth. The other ways of dealing with Spectre v2 leave the jump as
 * it is.
 */
static bool cervus_tail_pays(void)
{
	return !boot_cpu_has(X86_FEATURE_RETPOLINE) || boot_cpu_has(X86_FEATURE_RETPOLINE_LFENCE);
}

static int __init cervus_init(void)
{
	int err;

	cervus_tail = cervus_tail_pays();
	err = cervus_queue_init();
	if (err)
		return err;
	err = misc_register(&cervus_misc);
	if (err)
		goto out_queue;
	pr_info("ready: dispatch by %s, slices of %llu us on %u workers\n",
		cervus_tail ? "tail calls" : "match (the kernel uses retpolines)",
		div_u64(cervus_slice_ns(), NSEC_PER_USEC), cervus_workers());
	return 0;

out_queue:
	cervus_queue_exit();
	return err;
}

static void __exit cervus_exit(void)
{
	misc_deregister(&cervus_misc);
	cervus_table_drain();
	cervus_queue_exit();
}

module_init(cervus_init);
module_exit(cervus_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(CERVUS_VERSION);
MODULE_DESCRIPTION("Cervus: runs WebAssembly programs in the kernel");
