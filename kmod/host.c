// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the Rust half needs of the kernel: memory, and places for log records.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include "cervus.h"

/* Lines that one program may print in a second. */
#define CERVUS_LINES	200

/*
 * Memory for guests and their programs. May sleep. Charged to the task's cgroup, or the one that
 * the work has set; fails, rather than have the OOM killer look for a victim.
 */
void *cervus_alloc(size_t bytes, u32 zero)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;

	return kvmalloc(bytes, zero ? gfp | __GFP_ZERO : gfp);
}

/* May sleep. */
void cervus_free(void *place)
{
	kvfree(place);
}

/*
 * A Rust panic: this task goes no further. Everything else gets ENODEV from now on, and the module
 * stays, because this task's run will never end. Any context.
 */
void cervus_bug(void)
{
	cervus_fpu_abort();
	__module_get(THIS_MODULE);
	WRITE_ONCE(cervus_dead, true);
	BUG();
}

/* Copies into the ring; the caller has seen that there is room. */
static void cervus_ring_put(struct cervus_log *log, const void *from, u32 len)
{
	u32 at = log->head % CERVUS_RING;
	u32 first = min_t(u32, len, CERVUS_RING - at);

	memcpy(log->ring + at, from, first);
	memcpy(log->ring, from + first, len - first);
	log->head += len;
}

/*
 * A whole record for the program's stream. Called by the work (or by START's caller for what an
 * instance writes, which is nothing today), so by one task at a time. May sleep.
 */
void cervus_log_record(void *context, s32 level, const u8 *text, u32 len)
{
	struct cervus_program *p = context;
	struct cervus_log *log = &p->log;
	struct cervus_record record = {
		.time_ns = ktime_get_boottime_ns(),
		.level = level,
		.len = len,
	};

	/* Only this task sets it, so it can be made without the lock. */
	if (!READ_ONCE(log->ring)) {
		u8 *ring = cervus_alloc(CERVUS_RING, 0);

		spin_lock(&log->lock);
		log->ring = ring;
		spin_unlock(&log->lock);
	}
	spin_lock(&log->lock);
	if (!log->ring || len > CERVUS_RING ||
	    CERVUS_RING - (log->head - log->tail) < len + sizeof(record)) {
		log->dropped++;
	} else {
		cervus_ring_put(log, &record, sizeof(record));
		cervus_ring_put(log, text, len);
		log->records++;
	}
	spin_unlock(&log->lock);
	wake_up_interruptible(&p->wait);
}

/* One line for the kernel log, rate-limited. Called by the work. */
void cervus_log_line(void *context, s32 level, const u8 *text, u32 len)
{
	struct cervus_program *p = context;

	if (time_after(jiffies, p->printk_window + HZ)) {
		if (p->printk_lines > CERVUS_LINES)
			pr_warn("(%u) %u lines dropped\n", p->id, p->printk_lines - CERVUS_LINES);
		p->printk_window = jiffies;
		p->printk_lines = 0;
	}
	if (p->printk_lines++ >= CERVUS_LINES) {
		p->printk_dropped++;
		return;
	}
	switch (level) {
	case 1:
		pr_err("(%u) %.*s\n", p->id, (int)len, text);
		break;
	case 3:
		pr_warn("(%u) %.*s\n", p->id, (int)len, text);
		break;
	default:
		pr_info("(%u) %.*s\n", p->id, (int)len, text);
		break;
	}
}

bool cervus_log_pending(struct cervus_program *p)
{
	return READ_ONCE(p->log.head) != READ_ONCE(p->log.tail);
}

/* Copies what there is of the stream, up to len bytes; 0 if there is nothing. May sleep. */
ssize_t cervus_log_read(struct cervus_program *p, char __user *to, size_t len)
{
	struct cervus_log *log = &p->log;
	u8 piece[256];
	size_t done = 0;

	while (done < len) {
		u32 count, at;

		spin_lock(&log->lock);
		at = log->tail % CERVUS_RING;
		count = min_t(u32, log->head - log->tail, CERVUS_RING - at);
		count = min_t(size_t, count, min(len - done, sizeof(piece)));
		if (count)
			memcpy(piece, log->ring + at, count);
		log->tail += count;
		spin_unlock(&log->lock);
		if (!count)
			break;
		if (copy_to_user(to + done, piece, count))
			return done ? done : -EFAULT;
		done += count;
	}
	return done;
}
