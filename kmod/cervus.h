/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the C half share.
 *
 * A program is one loaded image and at most one run of it. References to it are held by its file
 * and by its run; the last one frees it. Guest code and all other Rust code runs without any lock
 * held.
 */
#ifndef CERVUS_H
#define CERVUS_H

#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/memcontrol.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "cervus_uapi.h"
#include "kengine.h"

struct cervus_log {
	/*
	 * Guards everything here; taken for copies of at most one record, never with interrupts
	 * off.
	 */
	spinlock_t lock;
	u8 *ring;		/* CERVUS_RING bytes, made with the first record */
	u32 head;		/* bytes ever written, modulo 2^32 */
	u32 tail;		/* bytes ever read */
	u64 records;
	u64 dropped;
};

#define CERVUS_RING	0x10000

struct cervus_program {
	struct kref ref;
	u32 id;
	char name[CERVUS_NAME_LEN];
	kuid_t uid;
	struct mem_cgroup *memcg;	/* the loader's; charged for what its runs allocate */
	struct kengine_program *program;
	struct kengine_control control;	/* made once: STOP may touch it at any time */
	u64 image_bytes;
	u64 linked_bytes;

	/* Guards state and result. */
	spinlock_t lock;
	enum cervus_state state;
	struct cervus_wait result;
	wait_queue_head_t wait;		/* end of the run, log records */
	struct mutex read_lock;		/* one reader of the log at a time */

	/* The run's own: touched by START before the work is queued, then by the work alone. */
	struct kengine_guest *guest;
	struct cervus_run_fpu fpu;	/* "wanted" is set when the image is loaded */
	struct work_struct work;
	struct hrtimer timer;
	u64 fuel_before;
	s64 credit_ns;			/* time that it may still take, see cervus_turn() */

	/* Written by the work alone, read by anyone. */
	u64 cpu_ns;
	u64 slices;
	u64 fuel;
	u64 sleeps;
	u64 traps;
	u64 runs;
	u64 memory_bytes;
	u64 slice_fuel;
	bool stopped;

	struct cervus_log log;
	/* The work's own: lines printed in the present second. */
	unsigned long printk_window;
	u32 printk_lines;
	u64 printk_dropped;
};

/* main.c */
extern bool cervus_dead;
extern bool cervus_tail;
extern uint cervus_max_image_mb;
extern uint cervus_max_pages;
extern uint cervus_stack_slots;
extern const struct file_operations cervus_device_fops;

/* dev.c */
u32 cervus_count(void);
void cervus_forget(struct cervus_program *p);

/* work.c */
int cervus_queue_init(void);
void cervus_queue_exit(void);
u64 cervus_slice_ns(void);
u32 cervus_workers(void);
u64 cervus_total_slices(void);
void cervus_run_init(struct cervus_program *p);
int cervus_run_start(struct cervus_program *p, struct kengine_setup *setup);
void cervus_run_stop(struct cervus_program *p);
void cervus_put(struct cervus_program *p);

/* host.c */
bool cervus_log_pending(struct cervus_program *p);
ssize_t cervus_log_read(struct cervus_program *p, char __user *to, size_t len);

static inline bool cervus_ended(enum cervus_state state)
{
	return state == CERVUS_DONE || state == CERVUS_TRAPPED || state == CERVUS_STOPPED;
}

#endif /* CERVUS_H */
