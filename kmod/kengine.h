/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Rust half as C sees it; kengine/src/ffi.rs has the contracts. Layouts are asserted on both
 * sides.
 *
 * Everything here may allocate and so sleep, save cervus_control_*(), which are safe in any
 * context.
 */
#ifndef KENGINE_H
#define KENGINE_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include "cervus_uapi.h"

struct kengine_program;
struct kengine_guest;

struct kengine_control {
	u64 words[2];
};

struct kengine_limits {
	u64 max_image_bytes;
	u64 max_fuel_claim;
	u64 granted;
	u32 max_pages;
	u32 max_table_elems;
	u32 max_stack_slots;
	u32 tail;
	u32 sse;	/* floats by SSE2 instructions, in FPU sections */
	u32 mask;	/* addresses masked under speculation */
};

struct kengine_setup {
	struct kengine_control *control;
	void *context;
	const u8 *entry;
	const u8 *args;
	const u64 *values;
	u32 entry_len;
	u32 args_len;
	u32 value_count;
	u32 id;
	u64 fuel;
	u32 max_pages;
	u32 stack_slots;
	u32 max_table_elems;
	u32 pad;
};

enum kengine_status {
	KENGINE_DONE,
	KENGINE_YIELD,
	KENGINE_BLOCK,
	KENGINE_TRAP,
	KENGINE_STOPPED,
};

struct kengine_slice {
	u32 status;
	u32 trap;
	u64 wait_ns;
	u64 used;
};

enum kengine_new_error {
	KENGINE_NEW_NOMEM = 1,
	KENGINE_NEW_IMPORT,
	KENGINE_NEW_SEGMENT,
	KENGINE_NEW_ENTRY,
	KENGINE_NEW_VALUES,
	KENGINE_NEW_STACK,
	KENGINE_NEW_CANCELLED,
};

/* Codes of a verdict that say nothing about the image. */
#define KENGINE_CODE_CANCELLED	9001
#define KENGINE_CODE_NOMEM	9002

/* A run's FPU section, see fpu.c. */
struct cervus_run_fpu {
	bool wanted;
	bool inside;
};

static_assert(sizeof(struct kengine_control) == 16);
static_assert(sizeof(struct kengine_limits) == 48);
static_assert(sizeof(struct cervus_verdict) == 32);
static_assert(sizeof(struct kengine_setup) == 80);
static_assert(sizeof(struct kengine_slice) == 24);

/* Of the op table that images must have been made for. */
u64 cervus_engine_hash(void);
struct kengine_program *cervus_program_load(u8 *bytes, size_t len,
					    const struct kengine_limits *limits,
					    struct cervus_verdict *verdict);
u64 cervus_program_linked_bytes(const struct kengine_program *program);
/* Whether its runs must be inside of FPU sections. */
u32 cervus_program_uses_floats(const struct kengine_program *program);
/* Fuel that a run may use by its image's own claim; 0: none is made. */
u64 cervus_program_fuel_claim(const struct kengine_program *program);
const void *cervus_program_code(const struct kengine_program *program);
void cervus_program_drop(struct kengine_program *program);
void cervus_control_init(struct kengine_control *control);
void cervus_control_stop(const struct kengine_control *control);
u32 cervus_guest_new(const struct kengine_program *program, const struct kengine_setup *setup,
		     struct kengine_guest **guest);
void cervus_guest_run(struct kengine_guest *guest, u64 fuel, struct kengine_slice *slice);
u32 cervus_guest_results(const struct kengine_guest *guest, u64 *values, u32 len);
u32 cervus_guest_backtrace(const struct kengine_guest *guest, u64 *frames, u32 len);
u64 cervus_guest_memory_bytes(const struct kengine_guest *guest);
void cervus_guest_drop(struct kengine_guest *guest);

/* What the Rust half calls; in host.c, */
void *cervus_alloc(size_t bytes, u32 zero);
void cervus_free(void *place);
void cervus_log_record(void *context, s32 level, const u8 *text, u32 len);
void cervus_log_line(void *context, s32 level, const u8 *text, u32 len);
void cervus_bug(void);
/* in mem.c, */
struct cervus_pages;
u32 cervus_poll(void);
void *cervus_memory_grow(struct cervus_pages **memory, size_t bytes);
struct cervus_pages *cervus_code_alloc(size_t bytes, void **writable, const void **base);
void cervus_code_seal(struct cervus_pages *code);
void cervus_pages_free(struct cervus_pages *pages);
/* and in fpu.c. */
void cervus_fpu_leave(void *context);
void cervus_fpu_enter(void *context);

/* What the C half calls besides. */
bool cervus_masked(void);
bool cervus_fpu_usable(void);
void cervus_fpu_begin(struct cervus_run_fpu *fpu);
void cervus_fpu_end(struct cervus_run_fpu *fpu);
void cervus_fpu_abort(void);
#ifdef CERVUS_TEST
void cervus_test_write_code(const struct kengine_program *program);
#endif

#endif /* KENGINE_H */
