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
/* Bytes of a program's stream, to begin with and at most. */
#define RING_MIN	0x800
#define RING_MAX	0x10000

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
	cervus_wake_all_later();
	BUG();
}

/* Copies into the ring; the caller has seen that there is room. */
static void cervus_ring_put(struct cervus_log *log, const void *from, u32 len)
{
	u32 at = log->head % log->size;
	u32 first = min_t(u32, len, log->size - at);

	memcpy(log->ring + at, from, first);
	memcpy(log->ring, from + first, len - first);
	log->head += len;
}

/* Puts the stream into a larger ring, if need be, so that there is room; or leaves it as it is. */
static void cervus_ring_grow(struct cervus_log *log, u32 room)
{
	u32 size = log->size ?: RING_MIN;
	u32 used, first, at;
	u8 *ring, *old;

	/* The size is this task's alone to change, and what is in use can only become less. */
	used = log->head - READ_ONCE(log->tail);
	while (size < RING_MAX && size - used < room)
		size *= 2;
	if (size == log->size)
		return;
	ring = cervus_alloc(size, 0);
	if (!ring)
		return;

	spin_lock(&log->lock);
	old = log->ring;
	if (old) {
		used = log->head - log->tail;
		at = log->tail % log->size;
		first = min(used, log->size - at);
		memcpy(ring, old + at, first);
		memcpy(ring + first, old, used - first);
		log->head = used;
		log->tail = 0;
	}
	log->ring = ring;
	log->size = size;
	spin_unlock(&log->lock);
	cervus_free(old);
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
	u32 room = len < RING_MAX ? len + sizeof(record) : RING_MAX;

	cervus_ring_grow(log, room);
	spin_lock(&log->lock);
	if (len >= RING_MAX || log->size - (log->head - log->tail) < room) {
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

/*
 * Copies what there is of the stream, up to len bytes; 0 if there is nothing. One reader at a time:
 * what it has copied from stands until it says otherwise. May sleep.
 */
ssize_t cervus_log_read(struct cervus_program *p, char __user *to, size_t len)
{
	struct cervus_log *log = &p->log;
	u8 piece[256];
	size_t done = 0;

	while (done < len) {
		u32 count, at;

		spin_lock(&log->lock);
		count = log->head - log->tail;
		if (count) {
			at = log->tail % log->size;
			count = min(count, log->size - at);
			count = min_t(size_t, count, min(len - done, sizeof(piece)));
			memcpy(piece, log->ring + at, count);
		}
		spin_unlock(&log->lock);
		if (!count)
			break;
		if (copy_to_user(to + done, piece, count))
			return done ? done : -EFAULT;
		done += count;
		/* Gone once it has arrived, wherever the ring's start is by now. */
		spin_lock(&log->lock);
		log->tail += count;
		spin_unlock(&log->lock);
	}
	return done;
}
