// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of programs.
 *
 * A program's file does not ask for privileges again. Who holds one, passed on or inherited, may do
 * with that program what its loader may: start, wait, stop, read its log. It gives no right to load
 * another, nor to pin this one, which would then outlive its files.
 */
#include <linux/anon_inodes.h>
#include <linux/compat.h>
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include "cervus.h"

/* Bytes of arguments, and values, that START takes. */
#define MAX_ARGS	(128 * 1024)
#define MAX_VALUES	1000
#define MAX_ENTRY	4096

/* Names of pins: numbers are for programs, and '/' may come to mean something. */
static bool cervus_is_pin(const char name[CERVUS_NAME_LEN])
{
	u32 at, len = strnlen(name, CERVUS_NAME_LEN);

	if (!len || len == CERVUS_NAME_LEN || isdigit(name[0]))
		return false;
	for (at = 0; at < len; at++)
		if (iscntrl(name[at]) || name[at] == '/')
			return false;
	return true;
}

static int cervus_start(struct cervus_program *p, void __user *arg, uint cmd)
{
	struct kengine_setup setup = { 0 };
	struct cervus_start start;
	u8 *entry = NULL, *args = NULL;
	u64 *values = NULL;
	int err;

	err = cervus_get(&start, sizeof(start), arg, cmd);
	if (err)
		return err;
	if (start.flags || start.entry_len > MAX_ENTRY || start.args_len > MAX_ARGS ||
	    start.value_count > MAX_VALUES || start.stack_slots > CERVUS_MAX_STACK)
		return -EINVAL;

	if (start.entry_len) {
		entry = vmemdup_user(u64_to_user_ptr(start.entry), start.entry_len);
		if (IS_ERR(entry))
			return PTR_ERR(entry);
	}
	if (start.args_len) {
		args = vmemdup_user(u64_to_user_ptr(start.args), start.args_len);
		if (IS_ERR(args)) {
			err = PTR_ERR(args);
			goto out_entry;
		}
	}
	if (start.value_count) {
		values = vmemdup_user(u64_to_user_ptr(start.values),
				      start.value_count * sizeof(u64));
		if (IS_ERR(values)) {
			err = PTR_ERR(values);
			goto out_args;
		}
	}

	setup.entry = entry;
	setup.entry_len = start.entry_len;
	setup.args = args;
	setup.args_len = start.args_len;
	setup.values = values;
	setup.value_count = start.value_count;
	/* Half of all: a run's fuel never wraps, not even in years. */
	setup.fuel = min_t(u64, start.fuel ?: S64_MAX, S64_MAX);
	setup.stack_slots = start.stack_slots ?:
			    clamp(READ_ONCE(cervus_stack_slots), 16U, CERVUS_MAX_STACK);
	setup.max_pages = READ_ONCE(cervus_max_pages);
	if (start.max_pages)
		setup.max_pages = min(setup.max_pages, start.max_pages);
	setup.max_table_elems = CERVUS_MAX_TABLE;
	err = cervus_run_start(p, &setup);

	kvfree(values);
out_args:
	kvfree(args);
out_entry:
	kvfree(entry);
	return err;
}

static bool cervus_is_over(struct cervus_program *p)
{
	return cervus_ended(READ_ONCE(p->state));
}

/* A run that has ended, or never will, or has not come about. */
static bool cervus_need_not_wait(struct cervus_program *p)
{
	return cervus_is_over(p) || READ_ONCE(p->state) == CERVUS_READY || READ_ONCE(cervus_dead);
}

static int cervus_wait(struct cervus_program *p, void __user *arg, uint cmd)
{
	struct cervus_wait wait;
	int err;

	err = cervus_get(&wait, sizeof(wait), arg, cmd);
	if (err)
		return err;
	if (wait.timeout_ns) {
		ktime_t timeout = ns_to_ktime(min_t(u64, wait.timeout_ns, KTIME_MAX / 2));

		err = wait_event_interruptible_hrtimeout(p->wait, cervus_need_not_wait(p), timeout);
		if (err == -ETIME)
			err = -ETIMEDOUT;
	} else {
		err = wait_event_interruptible(p->wait, cervus_need_not_wait(p));
	}
	if (err)
		return err == -ERESTARTSYS ? -EINTR : err;
	if (READ_ONCE(cervus_dead))
		return -ENODEV;
	/* START has failed meanwhile, or there was none. */
	if (READ_ONCE(p->state) == CERVUS_READY)
		return -EINVAL;

	spin_lock(&p->lock);
	/* The end of the run that was waited for, even if another has begun since. */
	wait = p->result;
	spin_unlock(&p->lock);
	return cervus_answer(arg, cmd, &wait, sizeof(wait));
}

static int cervus_pin(struct cervus_program *p, void __user *arg, uint cmd)
{
	struct cervus_pin pin;
	int err;

	if (!cervus_allowed())
		return -EPERM;
	err = cervus_get(&pin, sizeof(pin), arg, cmd);
	if (err)
		return err;
	if (pin.flags || pin.pad || !cervus_is_pin(pin.name))
		return -EINVAL;
	return cervus_table_pin(p, pin.name);
}

static int cervus_info(struct cervus_program *p, void __user *arg, uint cmd)
{
	struct cervus_info info;

	cervus_test_at("ioctl", p);
	cervus_test_at("code", p);
	cervus_fill_info(p, &info);
	return cervus_answer(arg, cmd, &info, sizeof(info));
}

static long cervus_program_ioctl(struct file *file, uint cmd, ulong ptr)
{
	struct cervus_program *p = file->private_data;
	void __user *arg = (void __user *)ptr;

	if (READ_ONCE(cervus_dead))
		return -ENODEV;
	if (_IOC_TYPE(cmd) != CERVUS_IOC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case CERVUS_NR_START:
		return cervus_start(p, arg, cmd);
	case CERVUS_NR_WAIT:
		return cervus_wait(p, arg, cmd);
	case CERVUS_NR_STOP:
		cervus_run_stop(p);
		return 0;
	case CERVUS_NR_INFO:
		return cervus_info(p, arg, cmd);
	case CERVUS_NR_PIN:
		return cervus_pin(p, arg, cmd);
	default:
		return -ENOTTY;
	}
}

/* The log; 0 at its end, which is where a run has ended. */
static ssize_t cervus_program_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct cervus_program *p = file->private_data;
	ssize_t done;
	bool over;

	if (!len)
		return 0;
	for (;;) {
		if (READ_ONCE(cervus_dead))
			return -ENODEV;
		if (mutex_lock_interruptible(&p->read_lock))
			return -ERESTARTSYS;
		/* First the state: what a run writes is there before its end is. */
		over = cervus_is_over(p);
		/* Pairs with the log's and the program's spinlocks. */
		smp_rmb();
		done = cervus_log_read(p, to, len);
		mutex_unlock(&p->read_lock);
		if (done || over)
			return done;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(p->wait, cervus_log_pending(p) || cervus_is_over(p) ||
					     READ_ONCE(cervus_dead)))
			return -ERESTARTSYS;
	}
}

static __poll_t cervus_program_poll(struct file *file, poll_table *table)
{
	struct cervus_program *p = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &p->wait, table);
	if (cervus_log_pending(p))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (cervus_is_over(p))
		mask |= EPOLLHUP;
	if (READ_ONCE(cervus_dead))
		mask |= EPOLLERR;
	return mask;
}

/* Never waits: the run ends by itself, soon, and frees the program then. */
static int cervus_program_release(struct inode *inode, struct file *file)
{
	cervus_table_close(file->private_data);
	return 0;
}

static const struct file_operations cervus_program_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = cervus_program_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.read = cervus_program_read,
	.poll = cervus_program_poll,
	.release = cervus_program_release,
	.llseek = noop_llseek,
};

/* A new file of a program; the caller's place among its users becomes the file's. */
struct file *cervus_program_file(struct cervus_program *p)
{
	return anon_inode_getfile("[cervus]", &cervus_program_fops, p, O_RDWR);
}
