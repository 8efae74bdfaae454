// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/cervus and the files of programs.
 *
 * The device asks for privileges; a program's file does not ask again. Who holds such a file,
 * passed on or inherited, may do with that program what its loader may: start, wait, stop, read its
 * log. It gives no right to load another.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#include "cervus.h"

/* Bytes of arguments, and values, that START takes. */
#define MAX_ARGS	(128 * 1024)
#define MAX_VALUES	1000
#define MAX_ENTRY	4096
/* Slots that START may ask for: 8 MiB. */
#define MAX_STACK	0x100000
/* Elements that a program's tables may start with: 4 MiB. */
#define MAX_TABLE	0x100000
/* Programs at a time. */
#define MAX_PROGRAMS	65536

/*
 * Programs by number. Its lock also says whether a program that was found can still be had: see
 * cervus_list().
 */
static DEFINE_XARRAY_ALLOC1(programs);
static u32 next_id;
static atomic_t program_count;

u32 cervus_count(void)
{
	return atomic_read(&program_count);
}

/* Takes a program off the list. Called when it is freed; may sleep. */
void cervus_forget(struct cervus_program *p)
{
	if (!p->id)
		return;
	xa_erase(&programs, p->id);
	atomic_dec(&program_count);
}

static bool cervus_allowed(void)
{
	return capable(CAP_SYS_ADMIN) || (capable(CAP_BPF) && capable(CAP_PERFMON));
}

/* Copies a request's struct, see cervus_uapi.h. */
static int cervus_get(void *to, size_t size, void __user *arg, uint cmd)
{
	return copy_struct_from_user(to, size, arg, _IOC_SIZE(cmd));
}

/* Copies as much of an answer as the caller has room for. */
static int cervus_answer(void __user *arg, uint cmd, const void *from, size_t size)
{
	return copy_to_user(arg, from, min_t(size_t, size, _IOC_SIZE(cmd))) ? -EFAULT : 0;
}

static void cervus_fill_info(struct cervus_program *p, struct cervus_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = p->id;
	info->state = READ_ONCE(p->state);
	memcpy(info->name, p->name, sizeof(info->name));
	info->cpu_ns = READ_ONCE(p->cpu_ns);
	info->slices = READ_ONCE(p->slices);
	info->fuel = READ_ONCE(p->fuel);
	info->sleeps = READ_ONCE(p->sleeps);
	info->traps = READ_ONCE(p->traps);
	info->runs = READ_ONCE(p->runs);
	info->image_bytes = p->image_bytes;
	info->linked_bytes = p->linked_bytes;
	info->memory_bytes = READ_ONCE(p->memory_bytes);
	info->slice_fuel = READ_ONCE(p->slice_fuel);
	info->log_records = READ_ONCE(p->log.records);
	info->log_dropped = READ_ONCE(p->log.dropped);
	info->printk_dropped = READ_ONCE(p->printk_dropped);
	info->tail = cervus_tail;
	info->uid = from_kuid_munged(current_user_ns(), p->uid);
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
	    start.value_count > MAX_VALUES || start.stack_slots > MAX_STACK)
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
	setup.fuel = start.fuel ?: U64_MAX;
	setup.stack_slots = start.stack_slots ?:
			    clamp(READ_ONCE(cervus_stack_slots), 16U, (uint)MAX_STACK);
	setup.max_pages = READ_ONCE(cervus_max_pages);
	if (start.max_pages)
		setup.max_pages = min(setup.max_pages, start.max_pages);
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

static int cervus_wait(struct cervus_program *p, void __user *arg, uint cmd)
{
	struct cervus_wait wait;
	int err;

	err = cervus_get(&wait, sizeof(wait), arg, cmd);
	if (err)
		return err;
	if (READ_ONCE(p->state) == CERVUS_READY)
		return -EINVAL;
	if (wait.timeout_ns) {
		ktime_t timeout = ns_to_ktime(min_t(u64, wait.timeout_ns, KTIME_MAX / 2));

		err = wait_event_interruptible_hrtimeout(p->wait, cervus_is_over(p), timeout);
		if (err == -ETIME)
			err = -ETIMEDOUT;
	} else {
		err = wait_event_interruptible(p->wait, cervus_is_over(p));
	}
	if (err)
		return err == -ERESTARTSYS ? -EINTR : err;

	spin_lock(&p->lock);
	/* The end of the run that was waited for, even if another has begun since. */
	wait = p->result;
	spin_unlock(&p->lock);
	return cervus_answer(arg, cmd, &wait, sizeof(wait));
}

static int cervus_info(struct cervus_program *p, void __user *arg, uint cmd)
{
	struct cervus_info info;

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
		if (wait_event_interruptible(p->wait, cervus_log_pending(p) || cervus_is_over(p)))
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
	struct cervus_program *p = file->private_data;

	cervus_run_stop(p);
	cervus_put(p);
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

/* Copies an image once, checks and links it. May sleep. */
static int cervus_load_image(struct cervus_program *p, struct cervus_load *load)
{
	struct kengine_limits limits = {
		.max_image_bytes = (u64)READ_ONCE(cervus_max_image_mb) << 20,
		.granted = load->granted,
		.max_pages = READ_ONCE(cervus_max_pages),
		.max_table_elems = MAX_TABLE,
		.max_stack_slots = MAX_STACK,
		.tail = cervus_tail,
		.sse = cervus_fpu_usable(),
		.mask = cervus_masked(),
	};
	u8 *image;

	if (!load->image_len || load->image_len > limits.max_image_bytes)
		return -EFBIG;
	if (load->max_pages)
		limits.max_pages = min(limits.max_pages, load->max_pages);
	image = cervus_alloc(load->image_len, 0);
	if (!image)
		return -ENOMEM;
	if (copy_from_user(image, u64_to_user_ptr(load->image), load->image_len)) {
		cervus_free(image);
		return -EFAULT;
	}
	/* The bytes belong to the Rust half from here on. */
	p->program = cervus_program_load(image, load->image_len, &limits, &load->verdict);
	if (!p->program && load->verdict.code == KENGINE_CODE_CANCELLED)
		return -EINTR;
	if (!p->program && load->verdict.code == KENGINE_CODE_NOMEM)
		return -ENOMEM;
	if (!p->program)
		return -ENOEXEC;
	p->fpu.wanted = cervus_program_uses_floats(p->program);
	p->image_bytes = load->image_len;
	p->linked_bytes = cervus_program_linked_bytes(p->program);
	return 0;
}

static int cervus_load(void __user *arg, uint cmd)
{
	struct cervus_program *p;
	struct cervus_load load;
	struct file *file;
	int err, fd;

	if (!cervus_allowed())
		return -EPERM;
	err = cervus_get(&load, sizeof(load), arg, cmd);
	if (err)
		return err;
	if (load.flags || (load.granted & ~CERVUS_GRANT_ALL) || load.name[CERVUS_NAME_LEN - 1])
		return -EINVAL;
	load.fd = -1;
	load.id = 0;
	memset(&load.verdict, 0, sizeof(load.verdict));

	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p)
		return -ENOMEM;
	cervus_run_init(p);
	mutex_init(&p->read_lock);
	memcpy(p->name, load.name, sizeof(p->name));
	p->uid = current_uid();
	p->memcg = get_mem_cgroup_from_mm(current->mm);

	err = cervus_load_image(p, &load);
	if (err == -ENOEXEC && cervus_answer(arg, cmd, &load, sizeof(load)))
		err = -EFAULT;
	if (err)
		goto out_put;
	err = xa_alloc_cyclic(&programs, &p->id, p, XA_LIMIT(1, INT_MAX), &next_id, GFP_KERNEL);
	if (err < 0) {
		p->id = 0;
		goto out_put;
	}
	if (atomic_inc_return(&program_count) > MAX_PROGRAMS) {
		err = -ENOSPC;
		goto out_put;
	}

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		err = fd;
		goto out_put;
	}
	file = anon_inode_getfile("[cervus]", &cervus_program_fops, p, O_RDWR);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto out_fd;
	}
	load.fd = fd;
	load.id = p->id;
	err = cervus_answer(arg, cmd, &load, sizeof(load));
	if (err) {
		/* Releases the program, too. */
		fput(file);
		put_unused_fd(fd);
		return err;
	}
	/* The last thing: from here on other threads can close it. */
	fd_install(fd, file);
	return 0;

out_fd:
	put_unused_fd(fd);
out_put:
	cervus_put(p);
	return err;
}

static int cervus_list(void __user *arg, uint cmd)
{
	struct cervus_program *p;
	struct cervus_info *infos;
	struct cervus_list list;
	unsigned long id;
	u32 capacity, at = 0;
	u8 __user *to;
	int err;

	err = cervus_get(&list, sizeof(list), arg, cmd);
	if (err)
		return err;
	if (list.flags || !list.info_size || list.info_size > PAGE_SIZE)
		return -EINVAL;
	capacity = min_t(u32, list.capacity, MAX_PROGRAMS);
	infos = kvcalloc(max(capacity, 1U), sizeof(*infos), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!infos)
		return -ENOMEM;
	list.count = 0;
	/* Under the lock no program goes: cervus_forget() comes before it is freed. */
	xa_lock(&programs);
	xa_for_each(&programs, id, p) {
		if (list.count < capacity)
			cervus_fill_info(p, &infos[list.count]);
		list.count++;
	}
	xa_unlock(&programs);

	to = u64_to_user_ptr(list.infos);
	for (at = 0; at < min(list.count, capacity); at++, to += list.info_size) {
		if (copy_to_user(to, &infos[at], min_t(size_t, list.info_size, sizeof(*infos)))) {
			err = -EFAULT;
			break;
		}
		cond_resched();
	}
	kvfree(infos);
	return err ?: cervus_answer(arg, cmd, &list, sizeof(list));
}

static int cervus_stats(void __user *arg, uint cmd)
{
	struct cervus_stats stats = {
		.abi = CERVUS_ABI,
		.programs = cervus_count(),
		.slices = cervus_total_slices(),
		.slice_ns = cervus_slice_ns(),
		.max_image_bytes = (u64)READ_ONCE(cervus_max_image_mb) << 20,
		.workers = cervus_workers(),
		.tail = cervus_tail,
	};

	return cervus_answer(arg, cmd, &stats, sizeof(stats));
}

static int cervus_open(struct inode *inode, struct file *file)
{
	if (READ_ONCE(cervus_dead))
		return -ENODEV;
	return cervus_allowed() ? 0 : -EPERM;
}

static long cervus_ioctl(struct file *file, uint cmd, ulong ptr)
{
	void __user *arg = (void __user *)ptr;

	if (READ_ONCE(cervus_dead))
		return -ENODEV;
	if (_IOC_TYPE(cmd) != CERVUS_IOC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case CERVUS_NR_LOAD:
		return cervus_load(arg, cmd);
	case CERVUS_NR_LIST:
		return cervus_list(arg, cmd);
	case CERVUS_NR_STATS:
		return cervus_stats(arg, cmd);
	default:
		return -ENOTTY;
	}
}

const struct file_operations cervus_device_fops = {
	.owner = THIS_MODULE,
	.open = cervus_open,
	.unlocked_ioctl = cervus_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};
