// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/cervus: loading programs, and finding those that are there.
 *
 * The device asks for privileges when it is opened, and again for each request that acts on
 * programs: a file that was passed to someone without them is good for STATS alone.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include "cervus.h"

/* In the first user namespace: a container's root has these in its own alone. */
bool cervus_allowed(void)
{
	return capable(CAP_SYS_ADMIN) || (capable(CAP_BPF) && capable(CAP_PERFMON));
}

/* Copies a request's struct, see cervus_uapi.h. */
int cervus_get(void *to, size_t size, void __user *arg, uint cmd)
{
	return copy_struct_from_user(to, size, arg, _IOC_SIZE(cmd));
}

/* Copies as much of an answer as the caller has room for. */
int cervus_answer(void __user *arg, uint cmd, const void *from, size_t size)
{
	return copy_to_user(arg, from, min_t(size_t, size, _IOC_SIZE(cmd))) ? -EFAULT : 0;
}

void cervus_fill_info(struct cervus_program *p, struct cervus_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = p->id;
	memcpy(info->name, p->name, sizeof(info->name));
	info->cpu_ns = READ_ONCE(p->cpu_ns);
	info->slices = READ_ONCE(p->slices);
	info->fuel = READ_ONCE(p->fuel);
	info->polls = READ_ONCE(p->polls);
	info->sleeps = READ_ONCE(p->sleeps);
	info->traps = READ_ONCE(p->traps);
	info->runs = READ_ONCE(p->runs);
	info->image_bytes = p->image_bytes;
	info->linked_bytes = p->linked_bytes;
	info->memory_bytes = READ_ONCE(p->memory_bytes);
	info->slice_fuel = mul_u64_u64_div_u64(READ_ONCE(p->section_fuel), cervus_slice_ns(),
					       cervus_section_ns());
	info->log_records = READ_ONCE(p->log.records);
	info->log_dropped = READ_ONCE(p->log.dropped);
	info->printk_dropped = READ_ONCE(p->printk_dropped);
	info->loaded_ns = p->loaded_ns;
	info->started_ns = READ_ONCE(p->started_ns);
	info->granted = p->granted;
	info->uid = from_kuid_munged(current_user_ns(), p->cred->euid);
	info->flags = p->flags;
	info->netns = p->net->ns.inum;
	spin_lock(&p->lock);
	info->state = p->state;
	info->trap = p->result.trap;
	if (p->barred)
		info->flags |= CERVUS_INFO_UNLOADED;
	spin_unlock(&p->lock);
	cervus_table_users(p, info);
}

/* Copies an image once, checks and links it. May sleep. */
static int cervus_load_image(struct cervus_program *p, struct cervus_load *load)
{
	struct kengine_limits limits = {
		.max_image_bytes = (u64)READ_ONCE(cervus_max_image_mb) << 20,
		.granted = load->granted,
		.max_pages = READ_ONCE(cervus_max_pages),
		.max_table_elems = CERVUS_MAX_TABLE,
		.max_stack_slots = CERVUS_MAX_STACK,
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
	if (p->fpu.wanted)
		p->flags |= CERVUS_INFO_FPU;
	if (limits.mask)
		p->flags |= CERVUS_INFO_MASKED;
	if (cervus_program_fuel_claim(p->program))
		p->flags |= CERVUS_INFO_BOUNDED;
	p->image_bytes = load->image_len;
	p->linked_bytes = cervus_program_linked_bytes(p->program);
	return 0;
}

/*
 * Gives the caller a file of a program, as the last thing that can fail; its place among the users
 * goes over to the file, or is given back. The answer is written in between, with the descriptor at
 * fd: once it is installed, other threads can close it.
 */
static int cervus_hand_out(struct cervus_program *p, void __user *arg, uint cmd, void *answer,
			   size_t size, s32 *fd)
{
	struct file *file;
	int err;

	*fd = get_unused_fd_flags(O_CLOEXEC);
	if (*fd < 0) {
		err = *fd;
		goto out_close;
	}
	file = cervus_program_file(p);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto out_fd;
	}
	err = cervus_answer(arg, cmd, answer, size);
	if (err) {
		/* Closes the program, too. */
		fput(file);
		put_unused_fd(*fd);
		return err;
	}
	fd_install(*fd, file);
	return 0;

out_fd:
	put_unused_fd(*fd);
out_close:
	cervus_table_close(p);
	return err;
}

static int cervus_load(void __user *arg, uint cmd)
{
	struct cervus_program *p;
	struct cervus_load load;
	int err;

	err = cervus_get(&load, sizeof(load), arg, cmd);
	if (err)
		return err;
	/* A descriptor that cannot be told could not be closed. */
	if (_IOC_SIZE(cmd) < offsetofend(struct cervus_load, fd))
		return -EINVAL;
	if (load.flags || (load.granted & ~CERVUS_GRANT_ALL) || load.name[CERVUS_NAME_LEN - 1])
		return -EINVAL;
	load.fd = -1;
	load.id = 0;
	memset(&load.verdict, 0, sizeof(load.verdict));

	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p)
		return -ENOMEM;
	cervus_run_init(p);
	memcpy(p->name, load.name, sizeof(p->name));
	p->granted = load.granted;
	p->loaded_ns = ktime_get_boottime_ns();
	p->cred = get_current_cred();
	p->net = get_net(current->nsproxy->net_ns);
	p->memcg = get_mem_cgroup_from_mm(current->mm);

	err = cervus_load_image(p, &load);
	if (err == -ENOEXEC && cervus_answer(arg, cmd, &load, sizeof(load)))
		err = -EFAULT;
	if (!err)
		err = cervus_table_add(p);
	if (err) {
		cervus_put(p);
		return err;
	}
	load.id = p->id;
	return cervus_hand_out(p, arg, cmd, &load, sizeof(load), &load.fd);
}

static int cervus_open_program(void __user *arg, uint cmd)
{
	struct cervus_program *p;
	struct cervus_open open;
	int err;

	err = cervus_get(&open, sizeof(open), arg, cmd);
	if (err)
		return err;
	if (_IOC_SIZE(cmd) < offsetofend(struct cervus_open, fd))
		return -EINVAL;
	if (open.flags || open.pad || open.name[CERVUS_NAME_LEN - 1])
		return -EINVAL;
	p = cervus_table_open(open.id, open.name);
	if (!p)
		return -ENOENT;
	open.id = p->id;
	return cervus_hand_out(p, arg, cmd, &open, sizeof(open), &open.fd);
}

static int cervus_unpin(void __user *arg, uint cmd)
{
	struct cervus_pin pin;
	int err;

	err = cervus_get(&pin, sizeof(pin), arg, cmd);
	if (err)
		return err;
	if (pin.flags || pin.pad || pin.name[CERVUS_NAME_LEN - 1])
		return -EINVAL;
	return cervus_table_unpin(pin.name);
}

static int cervus_unload(void __user *arg, uint cmd)
{
	struct cervus_unload unload;
	int err;

	err = cervus_get(&unload, sizeof(unload), arg, cmd);
	if (err)
		return err;
	if (unload.flags)
		return -EINVAL;
	return cervus_table_unload(unload.id);
}

static int cervus_list(void __user *arg, uint cmd)
{
	struct cervus_program *p;
	struct cervus_info info;
	struct cervus_list list;
	unsigned long id;
	u8 __user *to;
	int err;

	err = cervus_get(&list, sizeof(list), arg, cmd);
	if (err)
		return err;
	if (list.flags || !list.info_size)
		return -EINVAL;
	list.total = cervus_table_count();
	list.count = 0;
	to = u64_to_user_ptr(list.infos);
	for (id = list.from; list.count < list.capacity; id++, to += list.info_size) {
		p = cervus_table_next(&id);
		if (!p)
			break;
		cervus_fill_info(p, &info);
		cervus_put(p);
		if (copy_to_user(to, &info, min_t(size_t, list.info_size, sizeof(info))))
			return -EFAULT;
		list.count++;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return cervus_answer(arg, cmd, &list, sizeof(list));
}

static int cervus_stats(void __user *arg, uint cmd)
{
	struct cervus_stats stats = {
		.abi = CERVUS_ABI,
		.programs = cervus_table_count(),
		.table_hash = cervus_engine_hash(),
		.slices = cervus_total_slices(),
		.slice_ns = cervus_slice_ns(),
		.section_ns = cervus_section_ns(),
		.max_image_bytes = (u64)READ_ONCE(cervus_max_image_mb) << 20,
		.max_pages = READ_ONCE(cervus_max_pages),
		.workers = cervus_workers(),
		.pinned = cervus_table_pinned(),
		.version = CERVUS_VERSION,
	};

	if (cervus_tail)
		stats.flags |= CERVUS_STATS_TAIL;
	if (cervus_retpoline)
		stats.flags |= CERVUS_STATS_RETPOLINE;
	if (cervus_fpu_usable())
		stats.flags |= CERVUS_STATS_FPU;
	return cervus_answer(arg, cmd, &stats, sizeof(stats));
}

static int cervus_device_open(struct inode *inode, struct file *file)
{
	if (READ_ONCE(cervus_dead))
		return -ENODEV;
	return cervus_allowed() ? 0 : -EPERM;
}

static long cervus_device_ioctl(struct file *file, uint cmd, ulong ptr)
{
	void __user *arg = (void __user *)ptr;

	if (READ_ONCE(cervus_dead))
		return -ENODEV;
	if (_IOC_TYPE(cmd) != CERVUS_IOC)
		return -ENOTTY;
	if (_IOC_NR(cmd) == CERVUS_NR_STATS)
		return cervus_stats(arg, cmd);
	if (!cervus_allowed())
		return -EPERM;
	switch (_IOC_NR(cmd)) {
	case CERVUS_NR_LOAD:
		return cervus_load(arg, cmd);
	case CERVUS_NR_LIST:
		return cervus_list(arg, cmd);
	case CERVUS_NR_UNPIN:
		return cervus_unpin(arg, cmd);
	case CERVUS_NR_OPEN:
		return cervus_open_program(arg, cmd);
	case CERVUS_NR_UNLOAD:
		return cervus_unload(arg, cmd);
	default:
		return -ENOTTY;
	}
}

const struct file_operations cervus_device_fops = {
	.owner = THIS_MODULE,
	.open = cervus_device_open,
	.unlocked_ioctl = cervus_device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};
