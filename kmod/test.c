// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults made on purpose, in the module that the tests build (CERVUS_TEST=1): one at a time, by
 * the name of its place, written to the parameter "fault".
 */
#include <linux/module.h>
#include "cervus.h"

static char fault[16];
module_param_string(fault, fault, sizeof(fault), 0600);
MODULE_PARM_DESC(fault, "where to fail: ioctl, worker, fpu (panics), code (writes to linked code)");

/* Fails if that was asked for. */
void cervus_test_at(const char *place, struct cervus_program *p)
{
	if (strncmp(fault, place, sizeof(fault)))
		return;
	fault[0] = 0;
	if (!strcmp(place, "code"))
		cervus_test_write_code(p->program);
	else
		cervus_test_panic();
}
