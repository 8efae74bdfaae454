// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs: one work item per runnable guest, on a queue of our own, one slice at a time.
 *
 * The work owns the guest from START to the end of the run. After a slice it queues itself again,
 * behind all others, or starts a timer that does so later, or ends the run. A stop is a word that
 * the guest polls; who sets it also takes the work from its place in the queue, or from its timer,
 * and puts it on a queue of those that are about to end.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/stat.h>
#include <linux/slab.h>
#include "cervus.h"

#define SECTION_FUEL_MIN	100ULL
/*
 * Units in a nanosecond that no processor does by computing. A guest can be charged more, for next
 * to nothing: believing that would make sections as long as the guest likes once it computes.
 */
#define FUEL_PER_NS	4ULL
/* To begin with; a slow machine does about 100 units in a microsecond. */
#define SECTION_FUEL		10000ULL

static uint slice_us = 1000;
module_param(slice_us, uint, 0644);
MODULE_PARM_DESC(slice_us, "microseconds that a guest runs before it is another one's turn");

static uint section_us = 100;
module_param(section_us, uint, 0644);
MODULE_PARM_DESC(section_us, "microseconds that a guest runs before other tasks may take the CPU");

static struct workqueue_struct *queue;
/* Guests that were stopped need not wait for their turn. */
static struct workqueue_struct *end_queue;
static u32 workers;
static atomic64_t total_slices;
/* Programs that have not been freed. */
static atomic_t live;
static DECLARE_WAIT_QUEUE_HEAD(idle);

u64 cervus_slice_ns(void)
{
	return clamp(READ_ONCE(slice_us), 10U, 100000U) * (u64)NSEC_PER_USEC;
}

u64 cervus_section_ns(void)
{
	u64 ns = clamp(READ_ONCE(section_us), 10U, 1000U) * (u64)NSEC_PER_USEC;

	return min(ns, cervus_slice_ns());
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
	uint flags = WQ_UNBOUND | WQ_FREEZABLE | WQ_SYSFS;

	workers = num_online_cpus();
	/*
	 * Unbound: slices are long and belong where there is time for them. Freezable: guests stand
	 * still during suspend. Sysfs: the administrator sets nice value and CPUs. With more items
	 * at a time than CPUs, the workers would take turns with the rest of the system as so many
	 * tasks.
	 */
	queue = alloc_workqueue("cervus", flags, workers);
	if (!queue)
		return -ENOMEM;
	end_queue = alloc_workqueue("cervus_end", flags, workers);
	if (end_queue)
		return 0;
	destroy_workqueue(queue);
	return -ENOMEM;
}

/* Waits for runs that were told to stop; no file is open any more, so no run begins. */
void cervus_queue_exit(void)
{
	wait_event(idle, !atomic_read(&live));
	destroy_workqueue(queue);
	destroy_workqueue(end_queue);
}

/* Puts a run's work behind all others. The run may be over when this returns. Any context. */
static void enqueue(struct cervus_program *p)
{
	unsigned long flags;

	spin_lock_irqsave(&p->queue_lock, flags);
	queue_work(READ_ONCE(p->stopped) ? end_queue : queue, &p->work);
	spin_unlock_irqrestore(&p->queue_lock, flags);
}

/*
 * Queues the work of a run that is to end before its time: takes it from its timer, or from its
 * place among the runnable, and puts it where it need not wait. If it is neither here nor there, it
 * is running or about to be queued, and will see for itself. Any context.
 */
static void cervus_hurry(struct cervus_program *p)
{
	unsigned long flags;

	/* While cancel_work() looks, the work counts as queued: queueing it would do nothing. */
	spin_lock_irqsave(&p->queue_lock, flags);
	if (hrtimer_try_to_cancel(&p->timer) == 1 || cancel_work(&p->work))
		queue_work(end_queue, &p->work);
	spin_unlock_irqrestore(&p->queue_lock, flags);
}

/* Frees a program. May sleep, but waits for nobody: no run is left. */
static void cervus_free_program(struct kref *ref)
{
	struct cervus_program *p = container_of(ref, struct cervus_program, ref);

	cervus_table_remove(p);
	/* Nothing is known of the Rust half's state once it has panicked. */
	if (!READ_ONCE(cervus_dead))
		cervus_program_drop(p->program);
	mem_cgroup_put(p->memcg);
	put_net(p->net);
	put_cred(p->cred);
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
	bool dead = READ_ONCE(cervus_dead);
	unsigned long flags;
	u64 stopped_ns;

	if (slice->status == KENGINE_DONE) {
		result.state = CERVUS_DONE;
		result.value_count = cervus_guest_results(p->guest, result.values, CERVUS_VALUES);
	} else if (slice->status == KENGINE_TRAP) {
		result.state = CERVUS_TRAPPED;
		result.trap = slice->trap;
		WRITE_ONCE(p->traps, p->traps + 1);
	} else {
		result.state = CERVUS_STOPPED;
	}
	if (result.state != CERVUS_DONE && !dead)
		result.frame_count = cervus_guest_backtrace(p->guest, result.frames, CERVUS_FRAMES);
	if (!dead)
		cervus_guest_drop(p->guest);
	p->guest = NULL;
	WRITE_ONCE(p->memory_bytes, 0);

	spin_lock(&p->lock);
	stopped_ns = p->stopped ? p->stopped_ns : U64_MAX;
	result.stop_ns = p->ran_ns > stopped_ns ? p->ran_ns - stopped_ns : 0;
	p->result = result;
	p->state = result.state;
	spin_unlock(&p->lock);
	wake_up_interruptible_all(&p->wait);
	/*
	 * Whoever queued this work may not have let go of the lock yet: the timer has no reference,
	 * nor has this work's last turn, which is still returning if that was on another queue.
	 */
	spin_lock_irqsave(&p->queue_lock, flags);
	spin_unlock_irqrestore(&p->queue_lock, flags);
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
	enqueue(container_of(timer, struct cervus_program, timer));
	return HRTIMER_NORESTART;
}

static void cervus_sleep(struct cervus_program *p, u64 wait_ns)
{
	WRITE_ONCE(p->sleeps, p->sleeps + 1);
	cervus_set_state(p, CERVUS_SLEEPING);
	hrtimer_start(&p->timer, ns_to_ktime(min_t(u64, wait_ns, KTIME_MAX / 2)), HRTIMER_MODE_REL);
	/*
	 * The run may be over by now, if it was stopped and its work has run elsewhere; the caller
	 * holds a reference. Whoever sets the flag looks at the timer after; one of the two sees
	 * the other.
	 */
	smp_mb();
	if (READ_ONCE(p->stopped))
		cervus_hurry(p);
}

/* Brings the fuel of a section closer to what takes the time of one; fuel took ns. */
static void cervus_calibrate(struct cervus_program *p, u64 fuel, u64 ns)
{
	u64 old = p->section_fuel;
	u64 wanted = mul_u64_u64_div_u64(fuel, cervus_section_ns(), max(ns, 1ULL));

	/* One slow section (interrupts, a page of memory) says little. */
	wanted = clamp(wanted, old / 2, old * 2);
	WRITE_ONCE(p->section_fuel,
		   clamp(wanted, SECTION_FUEL_MIN, cervus_section_ns() * FUEL_PER_NS));
}

/* Nanoseconds that this task has been ready to run without a CPU. */
static u64 cervus_waited_ns(void)
{
#ifdef CONFIG_SCHED_INFO
	return current->sched_info.run_delay;
#else
	return 0;
#endif
}

/*
 * One section: between two of them the CPU is given to whoever else wants it. The time that it
 * took, without what others took of it.
 */
static u64 cervus_section(struct cervus_program *p, struct kengine_slice *slice)
{
	u64 waited = cervus_waited_ns();
	u64 began = ktime_get_ns();
	u64 used = slice->used;
	u64 ns;

	cervus_fpu_begin(&p->fpu);
	cervus_test_at("fpu", p);
	cervus_guest_run(p->guest, p->section_fuel, slice);
	cervus_fpu_end(&p->fpu);
	p->ran_ns = ktime_get_ns();
	ns = p->ran_ns - began;
	ns -= min(ns, cervus_waited_ns() - waited);
	if (slice->status == KENGINE_YIELD) {
		WRITE_ONCE(p->polls, p->polls + 1);
		cervus_calibrate(p, slice->used - used, ns);
	}
	return ns;
}

/*
 * Deficit round robin: with every turn a guest gets the time of a slice, and pays what it took. How
 * long it may run now; 0 or less if it has had too much and lets this turn pass.
 */
static s64 cervus_turn(struct cervus_program *p)
{
	s64 slice_ns = cervus_slice_ns();

	/* What was missed long ago is not made up for, nor is one accident paid for forever. */
	p->credit_ns = clamp(p->credit_ns + slice_ns, -256 * slice_ns, 2 * slice_ns);
	return p->credit_ns;
}

/* Runs a guest for the time that it has, as the program's owner. */
static void cervus_slice(struct cervus_program *p, s64 turn_ns, struct kengine_slice *slice)
{
	struct mem_cgroup *old_memcg = set_active_memcg(p->memcg);
	const struct cred *old_cred = override_creds(p->cred);
	s64 ran_ns = 0;

	cervus_test_at("worker", p);
	slice->used = p->fuel - p->fuel_before;
	do {
		ran_ns += cervus_section(p, slice);
		cond_resched();
	} while (slice->status == KENGINE_YIELD && ran_ns < turn_ns && !READ_ONCE(cervus_dead));
	p->credit_ns -= ran_ns;
	revert_creds(old_cred);
	set_active_memcg(old_memcg);

	atomic64_inc(&total_slices);
	WRITE_ONCE(p->slices, p->slices + 1);
	WRITE_ONCE(p->cpu_ns, p->cpu_ns + ran_ns);
	WRITE_ONCE(p->fuel, p->fuel_before + slice->used);
	WRITE_ONCE(p->memory_bytes, cervus_guest_memory_bytes(p->guest));
}

/* One turn. */
static void cervus_work(struct work_struct *work)
{
	struct cervus_program *p = container_of(work, struct cervus_program, work);
	struct kengine_slice slice = { .status = KENGINE_STOPPED };
	s64 turn_ns;

	if (READ_ONCE(cervus_dead)) {
		slice.used = p->fuel - p->fuel_before;
		cervus_run_end(p, &slice);
		return;
	}
	if (p->state == CERVUS_SLEEPING)
		cervus_set_state(p, CERVUS_RUNNING);
	turn_ns = cervus_turn(p);
	if (turn_ns <= 0 && !READ_ONCE(p->stopped)) {
		enqueue(p);
		return;
	}
	cervus_slice(p, turn_ns, &slice);
	switch (slice.status) {
	case KENGINE_YIELD:
		enqueue(p);
		break;
	case KENGINE_BLOCK:
		/* The run's own reference may go as soon as the timer is set. */
		kref_get(&p->ref);
		cervus_sleep(p, slice.wait_ns);
		cervus_put(p);
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
	spin_lock_init(&p->queue_lock);
	spin_lock_init(&p->log.lock);
	mutex_init(&p->read_lock);
	init_waitqueue_head(&p->wait);
	INIT_WORK(&p->work, cervus_work);
	hrtimer_init(&p->timer, CLOCK_BOOTTIME, HRTIMER_MODE_REL);
	p->timer.function = cervus_wake;
	p->section_fuel = SECTION_FUEL;
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
	struct mem_cgroup *old_memcg;
	enum cervus_state before;
	int err = 0;
	u32 error;

	spin_lock(&p->lock);
	before = p->state;
	if (p->barred) {
		err = -ECANCELED;
	} else if (before == CERVUS_RUNNING || before == CERVUS_SLEEPING) {
		err = -EBUSY;
	} else {
		/* So that no other START gets here. */
		p->state = CERVUS_RUNNING;
		WRITE_ONCE(p->stopped, false);
	}
	spin_unlock(&p->lock);
	if (err)
		return err;

	cervus_control_init(&p->control);
	/* A stop that came before the control block was made has set the flag before. */
	smp_mb();
	if (READ_ONCE(p->stopped))
		cervus_control_stop(&p->control);
	setup->control = &p->control;
	setup->context = p;
	setup->id = p->id;
	/* The loader's, as in the run, whoever starts it. */
	old_memcg = set_active_memcg(p->memcg);
	error = cervus_guest_new(p->program, setup, &p->guest);
	set_active_memcg(old_memcg);
	if (error) {
		cervus_set_state(p, before);
		wake_up_interruptible_all(&p->wait);
		return cervus_new_errno(error);
	}
	p->fuel_before = p->fuel;
	p->ran_ns = 0;
	WRITE_ONCE(p->runs, p->runs + 1);
	WRITE_ONCE(p->started_ns, ktime_get_boottime_ns());
	kref_get(&p->ref);
	enqueue(p);
	return 0;
}

/* Ends the run, if there is one, at its next poll. Waits for nothing. */
void cervus_run_stop(struct cervus_program *p)
{
	bool stop;

	spin_lock(&p->lock);
	stop = !p->stopped && (p->state == CERVUS_RUNNING || p->state == CERVUS_SLEEPING);
	if (stop) {
		p->stopped_ns = ktime_get_ns();
		WRITE_ONCE(p->stopped, true);
	}
	spin_unlock(&p->lock);
	if (!stop)
		return;
	cervus_control_stop(&p->control);
	/* Pairs with the barriers in cervus_sleep() and cervus_run_start(). */
	smp_mb();
	cervus_hurry(p);
}

/* Ends the run, and forbids another. Waits for nothing. */
void cervus_run_bar(struct cervus_program *p)
{
	spin_lock(&p->lock);
	WRITE_ONCE(p->barred, true);
	spin_unlock(&p->lock);
	cervus_run_stop(p);
}
