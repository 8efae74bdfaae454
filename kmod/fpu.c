// SPDX-License-Identifier: GPL-2.0-only
/*
 * FPU sections of runs whose programs compute with floats.
 *
 * The work opens a section around cervus_guest_run(). Inside it nothing may sleep, so the Rust half
 * leaves it for everything that may (host functions, growing memory) and comes back to it after.
 * Each program has a record, which its run alone touches.
 */
#include <linux/module.h>
#include <linux/percpu.h>
#include "cervus.h"
#if !IS_ENABLED(CONFIG_UML)
#include <asm/fpu/api.h>
#endif

static bool soft_float;
module_param(soft_float, bool, 0644);
MODULE_PARM_DESC(soft_float, "compute with floats in software; for programs loaded from now on");

/* The section that this CPU is in: there is at most one, because sections are not preempted. */
static DEFINE_PER_CPU(struct cervus_run_fpu *, cervus_fpu_now);

/*
 * Whether programs may be linked to SSE2 instructions. User-mode Linux has a float unit, but what
 * is in its registers belongs to the process: its kernel_fpu_begin() saves nothing.
 */
bool cervus_fpu_usable(void)
{
	return !IS_ENABLED(CONFIG_UML) && !READ_ONCE(soft_float);
}

/* Opens a section if the program wants one. Process context. */
void cervus_fpu_begin(struct cervus_run_fpu *fpu)
{
#if !IS_ENABLED(CONFIG_UML)
	if (!fpu->wanted || fpu->inside)
		return;
	kernel_fpu_begin();
	fpu->inside = true;
	this_cpu_write(cervus_fpu_now, fpu);
#endif
}

/* Closes the section if it is open. */
void cervus_fpu_end(struct cervus_run_fpu *fpu)
{
#if !IS_ENABLED(CONFIG_UML)
	if (!fpu->inside)
		return;
	this_cpu_write(cervus_fpu_now, NULL);
	fpu->inside = false;
	kernel_fpu_end();
#endif
}

/*
 * The Rust half is about to do what may sleep; fuel says little about the time that takes, so that
 * others get their chance here, too.
 */
void cervus_fpu_leave(void *context)
{
	struct cervus_program *p = context;

	cervus_fpu_end(&p->fpu);
	cond_resched();
}

/* It goes on with guest code. */
void cervus_fpu_enter(void *context)
{
	struct cervus_program *p = context;

	cervus_fpu_begin(&p->fpu);
}

/*
 * Closes the section that this task is in, if any: for a task that goes no further. Outside of a
 * section there is none on this CPU, whichever that is: another task's would not be preempted.
 */
void cervus_fpu_abort(void)
{
	struct cervus_run_fpu *fpu = this_cpu_read(cervus_fpu_now);

	if (fpu)
		cervus_fpu_end(fpu);
}
