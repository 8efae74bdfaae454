/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the C half share.
 *
 * A program is one loaded image and at most one run of it. References to it are held by its files,
 * its pin and its run, and for a moment by whoever looks at it; the last one frees it. Guest code
 * and all other Rust code runs without any lock held.
 */
#ifndef CERVUS_H
#define CERVUS_H

#include <linux/cred.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include "cervus_uapi.h"
#include "kengine.h"

#define CERVUS_VERSION	"0.1.0"

/* Slots that START may ask for: 8 MiB. */
#define CERVUS_MAX_STACK	0x100000U

/* Elements that a program's tables may start with, and grow to, all together: 4 MiB. */
#define CERVUS_MAX_TABLE	0x100000U

struct cervus_log {
	/*
	 * Guards everything here; taken for copies of at most the whole ring, never with interrupts
	 * off.
	 */
	spinlock_t lock;
	u8 *ring;		/* made with the first record, and made larger when it is full */
	u32 size;		/* its bytes, a power of two */
	u32 head;		/* bytes ever written, modulo 2^32 */
	u32 tail;		/* bytes ever read */
	u64 records;
	u64 dropped;
};

struct cervus_program {
	struct kref ref;
	u32 id;
	char name[CERVUS_NAME_LEN];
	u64 image_bytes;
	u64 linked_bytes;
	u64 granted;
	u64 loaded_ns;
	u32 flags;			/* CERVUS_INFO_FPU, _MASKED, _BOUNDED */
	struct kengine_program *program;
	struct kengine_control control;	/* made anew with each run */

	/* Whose program it is: of the loader, at LOAD. */
	const struct cred *cred;	/* what its host functions act with */
	struct net *net;
	struct mem_cgroup *memcg;	/* charged for what its runs allocate */

	/* Guarded by the table, see table.c. */
	u32 files;
	char pin[CERVUS_NAME_LEN];	/* empty: not pinned */
	struct hlist_node by_pin;

	/* Guards state, result, stopped, barred. */
	spinlock_t lock;
	enum cervus_state state;
	struct cervus_wait result;
	bool stopped;			/* the run is to end */
	bool barred;			/* no other run is to begin */
	u64 stopped_ns;			/* when that was asked for */
	wait_queue_head_t wait;		/* end of the run, log records */
	struct mutex read_lock;		/* one reader of the log at a time */

	/* The run's own: touched by START before the work is queued, then by the work alone. */
	struct kengine_guest *guest;
	struct cervus_run_fpu fpu;	/* "wanted" is set when the image is loaded */
	struct work_struct work;
	struct hrtimer timer;
	spinlock_t queue_lock;		/* held by whoever queues the work, or takes it away */
	u64 fuel_before;
	u64 ran_ns;			/* when its last section ended */
	s64 credit_ns;			/* time that it may still take, see cervus_turn() */
	u64 section_fuel;		/* what takes the time of a section, as measured */

	/* Written by the work alone, read by anyone. */
	u64 cpu_ns;
	u64 slices;
	u64 fuel;
	u64 polls;
	u64 sleeps;
	u64 traps;
	u64 runs;
	u64 started_ns;
	u64 memory_bytes;

	struct cervus_log log;
	/* The work's own: lines printed in the present second. */
	unsigned long printk_window;
	u32 printk_lines;
	u64 printk_dropped;
};

/* main.c */
extern bool cervus_dead;
extern bool cervus_tail;
extern bool cervus_retpoline;
extern uint cervus_max_image_mb;
extern uint cervus_max_pages;
extern uint cervus_stack_slots;
void cervus_wake_all_later(void);

/* dev.c */
extern const struct file_operations cervus_device_fops;
bool cervus_allowed(void);
int cervus_get(void *to, size_t size, void __user *arg, uint cmd);
int cervus_answer(void __user *arg, uint cmd, const void *from, size_t size);
void cervus_fill_info(struct cervus_program *p, struct cervus_info *info);

/* prog.c */
struct file *cervus_program_file(struct cervus_program *p);

/* table.c */
int cervus_table_add(struct cervus_program *p);
void cervus_table_remove(struct cervus_program *p);
struct cervus_program *cervus_table_find(u32 id);
struct cervus_program *cervus_table_next(unsigned long *id);
struct cervus_program *cervus_table_open(u32 id, const char *pin);
void cervus_table_close(struct cervus_program *p);
int cervus_table_pin(struct cervus_program *p, const char *pin);
int cervus_table_unpin(const char *pin);
int cervus_table_unload(u32 id);
void cervus_table_drain(void);
void cervus_table_wake_all(void);
void cervus_table_users(struct cervus_program *p, struct cervus_info *info);
u32 cervus_table_count(void);
u32 cervus_table_pinned(void);

/* work.c */
int cervus_queue_init(void);
void cervus_queue_exit(void);
u64 cervus_slice_ns(void);
u64 cervus_section_ns(void);
u32 cervus_workers(void);
u64 cervus_total_slices(void);
void cervus_run_init(struct cervus_program *p);
int cervus_run_start(struct cervus_program *p, struct kengine_setup *setup);
void cervus_run_stop(struct cervus_program *p);
void cervus_run_bar(struct cervus_program *p);
void cervus_put(struct cervus_program *p);

/* host.c */
bool cervus_log_pending(struct cervus_program *p);
ssize_t cervus_log_read(struct cervus_program *p, char __user *to, size_t len);

/* test.c */
#ifdef CERVUS_TEST
void cervus_test_panic(void);
void cervus_test_at(const char *place, struct cervus_program *p);
#else
static inline void cervus_test_at(const char *place, struct cervus_program *p)
{
}
#endif

static inline bool cervus_ended(enum cervus_state state)
{
	return state == CERVUS_DONE || state == CERVUS_TRAPPED || state == CERVUS_STOPPED;
}

#endif /* CERVUS_H */
