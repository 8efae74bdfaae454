// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of programs: by number, and by the names of pins.
 *
 * A program has users: its open files, and its pin. Without any it is unloaded: its run is stopped
 * and no other can begin. It stands in the table until it is freed, which is when its run has ended
 * and its last file has been closed.
 */
#include <linux/hashtable.h>
#include <linux/stringhash.h>
#include <linux/xarray.h>
#include "cervus.h"

/* Programs at a time. */
#define MAX_PROGRAMS	65536

static DEFINE_XARRAY_ALLOC1(programs);
static u32 next_id;
static atomic_t program_count;

/* Guards users, and the pins; never taken inside another lock. */
static DEFINE_MUTEX(users);
static DEFINE_HASHTABLE(pins, 10);
static u32 pinned;

u32 cervus_table_count(void)
{
	return atomic_read(&program_count);
}

u32 cervus_table_pinned(void)
{
	return READ_ONCE(pinned);
}

/* Gives a new program its number. Its creator is its first user. */
int cervus_table_add(struct cervus_program *p)
{
	int err;

	if (atomic_inc_return(&program_count) > MAX_PROGRAMS) {
		err = -ENOSPC;
		goto out;
	}
	p->files = 1;
	err = xa_alloc_cyclic(&programs, &p->id, p, XA_LIMIT(1, INT_MAX), &next_id,
			      GFP_KERNEL_ACCOUNT);
	if (err >= 0)
		return 0;
	p->id = 0;
out:
	atomic_dec(&program_count);
	return err;
}

/* Called when it is freed. */
void cervus_table_remove(struct cervus_program *p)
{
	if (!p->id)
		return;
	xa_erase(&programs, p->id);
	atomic_dec(&program_count);
}

/* A program by its number, with a reference; NULL if there is none. */
struct cervus_program *cervus_table_find(u32 id)
{
	struct cervus_program *p;

	/* Under the lock none is freed: cervus_table_remove() comes before that. */
	xa_lock(&programs);
	p = xa_load(&programs, id);
	if (p && !kref_get_unless_zero(&p->ref))
		p = NULL;
	xa_unlock(&programs);
	return p;
}

/* The program with the least number from *id on, with a reference; sets *id to that number. */
struct cervus_program *cervus_table_next(unsigned long *id)
{
	struct cervus_program *p;

	xa_lock(&programs);
	p = xa_find(&programs, id, ULONG_MAX, XA_PRESENT);
	while (p && !kref_get_unless_zero(&p->ref))
		p = xa_find_after(&programs, id, ULONG_MAX, XA_PRESENT);
	xa_unlock(&programs);
	return p;
}

static u32 pin_hash(const char *pin)
{
	return full_name_hash(NULL, pin, strlen(pin));
}

static struct cervus_program *find_pin(const char *pin)
{
	struct cervus_program *p;

	lockdep_assert_held(&users);
	hash_for_each_possible(pins, p, by_pin, pin_hash(pin))
		if (!strcmp(p->pin, pin))
			return p;
	return NULL;
}

/* One more user, by number or, if that is 0, by the name of the pin. */
struct cervus_program *cervus_table_open(u32 id, const char *pin)
{
	struct cervus_program *p;

	mutex_lock(&users);
	if (id) {
		p = cervus_table_find(id);
	} else {
		p = find_pin(pin);
		if (p)
			kref_get(&p->ref);
	}
	if (p && !p->files && !p->pin[0]) {
		mutex_unlock(&users);
		cervus_put(p);
		return NULL;
	}
	if (p)
		p->files++;
	mutex_unlock(&users);
	return p;
}

/* One file less. Gives its reference back; waits for no run. */
void cervus_table_close(struct cervus_program *p)
{
	bool last;

	mutex_lock(&users);
	last = !--p->files && !p->pin[0];
	mutex_unlock(&users);
	if (last)
		cervus_run_bar(p);
	cervus_put(p);
}

int cervus_table_pin(struct cervus_program *p, const char *pin)
{
	int err = 0;

	mutex_lock(&users);
	if (READ_ONCE(p->barred)) {
		err = -ECANCELED;
	} else if (p->pin[0] || find_pin(pin)) {
		err = -EEXIST;
	} else {
		strscpy(p->pin, pin, sizeof(p->pin));
		hash_add(pins, &p->by_pin, pin_hash(pin));
		WRITE_ONCE(pinned, pinned + 1);
		kref_get(&p->ref);
	}
	mutex_unlock(&users);
	return err;
}

/* Takes a program's pin away, if it has one, and says so. Its reference is the caller's then. */
static bool drop_pin(struct cervus_program *p)
{
	lockdep_assert_held(&users);
	if (!p->pin[0])
		return false;
	hash_del(&p->by_pin);
	p->pin[0] = 0;
	WRITE_ONCE(pinned, pinned - 1);
	return true;
}

int cervus_table_unpin(const char *pin)
{
	struct cervus_program *p;
	bool last = false;

	mutex_lock(&users);
	p = find_pin(pin);
	if (p) {
		drop_pin(p);
		last = !p->files;
	}
	mutex_unlock(&users);
	if (!p)
		return -ENOENT;
	if (last)
		cervus_run_bar(p);
	cervus_put(p);
	return 0;
}

/* Stops a program, and takes its pin away. The caller has a reference. */
static void unload(struct cervus_program *p)
{
	bool dropped;

	cervus_run_bar(p);
	mutex_lock(&users);
	dropped = drop_pin(p);
	mutex_unlock(&users);
	if (dropped)
		cervus_put(p);
}

int cervus_table_unload(u32 id)
{
	struct cervus_program *p = cervus_table_find(id);

	if (!p)
		return -ENOENT;
	unload(p);
	cervus_put(p);
	return 0;
}

/* Unloads all programs. The module is about to go: no file is open. */
void cervus_table_drain(void)
{
	struct cervus_program *p;
	unsigned long id;

	for (id = 1; (p = cervus_table_next(&id)); id++) {
		unload(p);
		cervus_put(p);
		cond_resched();
	}
}

/* Has everyone who waits look again. */
void cervus_table_wake_all(void)
{
	struct cervus_program *p;
	unsigned long id;

	for (id = 1; (p = cervus_table_next(&id)); id++) {
		wake_up_interruptible_all(&p->wait);
		cervus_put(p);
		cond_resched();
	}
}

/* What the table knows of a program. */
void cervus_table_users(struct cervus_program *p, struct cervus_info *info)
{
	mutex_lock(&users);
	info->files = p->files;
	memcpy(info->pin, p->pin, sizeof(info->pin));
	mutex_unlock(&users);
	if (info->pin[0])
		info->flags |= CERVUS_INFO_PINNED;
}
