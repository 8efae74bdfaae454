// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs: one work item per runnable guest, on a queue of our own, one slice at a time.
 *
 * The work owns the guest from START to the end of the run. After a slice it queues itself again,
 * behind all others, or starts a timer that does so later, or ends the run. A stop is a word that
 * the guest polls; who sets it also takes a sleeping guest's timer away and queues the work in its
 * place.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "cervus.h"

#define SLICE_FUEL_MIN	1000ULL
#define SLICE_FUEL_MAX	0x100000000ULL
/* To begin with; a slow machine does about 100 units in a microsecond. */
#define SLICE_FUEL	100000ULL

static uint slice_us = 1000;
module_param(slice_us, uint, 0644);
MODULE_PARM_DESC(slice_us, "microseconds that a guest runs before it is another one's turn");

static struct workqueue_struct *cervus_queue;
static u32 workers;
static atomic64_t total_slices;
/* Programs that have not been freed. */
static atomic_t live;
static DECLARE_WAIT_QUEUE_HEAD(idle);

u64 cervus_slice_ns(void)
{
	return clamp(READ_ONCE(slice_us), 10U, 100000U) * (u64)NSEC_PER_USEC;
}

u32 cervus_workers(void)
{
	return workers;
}

u64 cervus_total_slices(void)
{
	return atomic64_read(&total_slices);
}

int cervus_queue_init(void)
{
	workers = num_online_cpus();
	/*
	 * Unbound: slices are long and belong where there is time for them. Freezable: guests stand
	 * still during suspend. Sysfs: the administrator sets nice value and CPUs. With more items
	 * at a time than CPUs, the workers would take turns with the rest of the system as so many
	 * tasks.
	 */
	cervus_queue = alloc_workqueue("cervus", WQ_UNBOUND | WQ_FREEZABLE | WQ_SYSFS, workers);
	return cervus_queue ? 0 : -ENOMEM;
}

/* Waits for runs that were told to stop; no file is open any more, so no run begins. */
void cervus_queue_exit(void)
{
	wait_event(idle, !atomic_read(&live));
	destroy_workqueue(cervus_queue);
}

/* Frees a program. May sleep, but waits for nobody: no run is left. */
static void cervus_free_program(struct kref *ref)
{
	struct cervus_program *p = container_of(ref, struct cervus_program, ref);

	cervus_forget(p);
	cervus_program_drop(p->program);
	mem_cgroup_put(p->memcg);
	cervus_free(p->log.ring);
	kfree(p);
	if (atomic_dec_and_test(&live))
		wake_up(&idle);
}

void cervus_put(struct cervus_program *p)
{
	kref_put(&p->ref, cervus_free_program);
}

/* Ends the run and gives its reference back; p may be gone after this. Called by the work. */
static void cervus_run_end(struct cervus_program *p, const struct kengine_slice *slice)
{
	struct cervus_wait result = { .fuel = slice->used };

	switch (slice->status) {
	case KENGINE_DONE:
		result.state = CERVUS_DONE;
		result.value_count = cervus_guest_results(p->guest, result.values, CERVUS_VALUES);
		break;
	case KENGINE_TRAP:
		result.state = CERVUS_TRAPPED;
		result.trap = slice->trap;
		WRITE_ONCE(p->traps, p->traps + 1);
		break;
	default:
		result.state = CERVUS_STOPPED;
		break;
	}
	if (result.state != CERVUS_DONE)
		result.frame_count = cervus_guest_backtrace(p->guest, result.frames, CERVUS_FRAMES);
	cervus_guest_drop(p->guest);
	p->guest = NULL;
	WRITE_ONCE(p->memory_bytes, 0);

	spin_lock(&p->lock);
	p->result = result;
	p->state = result.state;
	spin_unlock(&p->lock);
	wake_up_interruptible_all(&p->wait);
	cervus_put(p);
}

static void cervus_set_state(struct cervus_program *p, enum cervus_state state)
{
	spin_lock(&p->lock);
	p->state = state;
	spin_unlock(&p->lock);
}

/* The wait is over. Hard interrupt. */
static enum hrtimer_restart cervus_wake(struct hrtimer *timer)
{
	struct cervus_program *p = container_of(timer, struct cervus_program, timer);

	queue_work(cervus_queue, &p->work);
	return HRTIMER_NORESTART;
}

/* Puts a sleeping guest's work on the queue before its time. Any context. */
static void cervus_wake_early(struct cervus_program *p)
{
	/*
	 * 1: the timer was running and is not any more. Else it was never started, or queues the
	 * work itself.
	 */
	if (hrtimer_try_to_cancel(&p->timer) == 1)
		queue_work(cervus_queue, &p->work);
}

static void cervus_sleep(struct cervus_program *p, u64 wait_ns)
{
	WRITE_ONCE(p->sleeps, p->sleeps + 1);
	cervus_set_state(p, CERVUS_SLEEPING);
	hrtimer_start(&p->timer, ns_to_ktime(min_t(u64, wait_ns, KTIME_MAX / 2)), HRTIMER_MODE_REL);
	/* Whoever sets the flag looks at the timer after; one of the two sees the other. */
	smp_mb();
	if (READ_ONCE(p->stopped))
		cervus_wake_early(p);
}

/* Brings the fuel of a slice closer to what takes the time of one; fuel took ns. */
static void cervus_calibrate(struct cervus_program *p, u64 fuel, u64 ns)
{
	u64 wanted = mul_u64_u64_div_u64(fuel, cervus_slice_ns(), max(ns, 1ULL));

	/* One slow slice (interrupts, a page of memory) says little. */
	wanted = clamp(wanted, p->slice_fuel / 2, p->slice_fuel * 2);
	WRITE_ONCE(p->slice_fuel, clamp(wanted, SLICE_FUEL_MIN, SLICE_FUEL_MAX));
}

/*
 * Deficit round robin: with every turn a guest gets the time of a slice, and pays what it took. How
 * much fuel it may use now; 0 if it has had too much and lets this turn pass.
 */
static u64 cervus_turn(struct cervus_program *p)
{
	s64 slice_ns = cervus_slice_ns();

	/* What was missed long ago is not made up for, nor is one accident paid for forever. */
	p->credit_ns = clamp(p->credit_ns + slice_ns, -32 * slice_ns, 2 * slice_ns);
	if (p->credit_ns <= 0)
		return 0;
	return max(mul_u64_u64_div_u64(p->slice_fuel, p->credit_ns, slice_ns), 1ULL);
}

/* One slice. */
static void cervus_work(struct work_struct *work)
{
	struct cervus_program *p = container_of(work, struct cervus_program, work);
	struct kengine_slice slice;
	struct mem_cgroup *old;
	u64 ns, fuel;

	if (p->state == CERVUS_SLEEPING)
		cervus_set_state(p, CERVUS_RUNNING);
	fuel = cervus_turn(p);
	if (!fuel && !READ_ONCE(p->stopped)) {
		queue_work(cervus_queue, &p->work);
		return;
	}

	old = set_active_memcg(p->memcg);
	ns = ktime_get_ns();
	cervus_fpu_begin(&p->fpu);
	cervus_guest_run(p->guest, fuel, &slice);
	cervus_fpu_end(&p->fpu);
	ns = ktime_get_ns() - ns;
	set_active_memcg(old);
	p->credit_ns -= ns;

	atomic64_inc(&total_slices);
	WRITE_ONCE(p->slices, p->slices + 1);
	WRITE_ONCE(p->cpu_ns, p->cpu_ns + ns);
	WRITE_ONCE(p->fuel, p->fuel_before + slice.used);
	WRITE_ONCE(p->memory_bytes, cervus_guest_memory_bytes(p->guest));

	switch (slice.status) {
	case KENGINE_YIELD:
		cervus_calibrate(p, fuel, ns);
		queue_work(cervus_queue, &p->work);
		break;
	case KENGINE_BLOCK:
		cervus_sleep(p, slice.wait_ns);
		break;
	default:
		cervus_run_end(p, &slice);
		break;
	}
}

/* Readies a new program for runs. */
void cervus_run_init(struct cervus_program *p)
{
	atomic_inc(&live);
	kref_init(&p->ref);
	spin_lock_init(&p->lock);
	spin_lock_init(&p->log.lock);
	init_waitqueue_head(&p->wait);
	INIT_WORK(&p->work, cervus_work);
	hrtimer_init(&p->timer, CLOCK_BOOTTIME, HRTIMER_MODE_REL);
	p->timer.function = cervus_wake;
	p->slice_fuel = SLICE_FUEL;
	cervus_control_init(&p->control);
}

static int cervus_new_errno(u32 error)
{
	switch (error) {
	case KENGINE_NEW_NOMEM:
		return -ENOMEM;
	case KENGINE_NEW_IMPORT:
		return -ENOPKG;
	case KENGINE_NEW_SEGMENT:
		return -EFAULT;
	case KENGINE_NEW_ENTRY:
		return -ENOENT;
	case KENGINE_NEW_VALUES:
		return -EINVAL;
	case KENGINE_NEW_CANCELLED:
		return -EINTR;
	default:
		return -EOVERFLOW;
	}
}

/* Begins a run. May sleep; the caller holds a reference. */
int cervus_run_start(struct cervus_program *p, struct kengine_setup *setup)
{
	enum cervus_state before;
	int err = 0;
	u32 error;

	spin_lock(&p->lock);
	before = p->state;
	if (READ_ONCE(p->stopped))
		err = -ECANCELED;
	else if (before == CERVUS_RUNNING || before == CERVUS_SLEEPING)
		err = -EBUSY;
	else
		p->state = CERVUS_RUNNING; /* so that no other START gets here */
	spin_unlock(&p->lock);
	if (err)
		return err;

	setup->control = &p->control;
	setup->context = p;
	setup->id = p->id;
	error = cervus_guest_new(p->program, setup, &p->guest);
	if (error) {
		cervus_set_state(p, before);
		return cervus_new_errno(error);
	}
	p->fuel_before = p->fuel;
	WRITE_ONCE(p->runs, p->runs + 1);
	kref_get(&p->ref);
	queue_work(cervus_queue, &p->work);
	return 0;
}

/* Ends the run at its next poll, and forbids another. Any context; waits for nothing. */
void cervus_run_stop(struct cervus_program *p)
{
	WRITE_ONCE(p->stopped, true);
	cervus_control_stop(&p->control);
	/* Pairs with the barrier in cervus_sleep(). */
	smp_mb();
	cervus_wake_early(p);
}
