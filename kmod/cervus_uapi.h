/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The interface of /dev/cervus.
 *
 * Requests are told apart by _IOC_NR alone. A request carries the size of its struct, as the caller
 * knows it: what a shorter struct lacks counts as zero, what a longer one has on top must be zero
 * (else E2BIG), and as much of the answer is written as fits; a descriptor must (else EINVAL).
 * Structs only ever grow at their end.
 * Pointers travel as __u64, so the structs are the same for 32-bit callers.
 */
#ifndef CERVUS_UAPI_H
#define CERVUS_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define CERVUS_IOC	0xC5

/* Capability bits of a program, as they stand in images. */
#define CERVUS_GRANT_LOG	0x1ULL
#define CERVUS_GRANT_ARGS	0x2ULL
#define CERVUS_GRANT_SLEEP	0x4ULL
#define CERVUS_GRANT_ALL	(CERVUS_GRANT_LOG | CERVUS_GRANT_ARGS | CERVUS_GRANT_SLEEP)

#define CERVUS_NAME_LEN	32
#define CERVUS_VALUES	8
#define CERVUS_FRAMES	8

/*
 * What the checker says of an image; code 0: accepted. Codes and the other fields are those of
 * kengine's check.
 */
struct cervus_verdict {
	__u32 code;
	__u32 func;
	__u32 pc;
	__u32 operand;
	__u64 expected;
	__u64 got;
};

/*
 * CERVUS_LOAD, on /dev/cervus: copies an image, checks and links it.
 * Fails with ENOEXEC if the checker refuses the image; verdict then says why.
 */
struct cervus_load {
	__u64 image;		/* in: address of the image */
	__u64 image_len;	/* in: its bytes */
	__u64 granted;		/* in: capability bits */
	__u32 max_pages;	/* in: pages that its memory starts with; 0: the module's limit */
	__u32 flags;		/* in: 0 */
	char name[CERVUS_NAME_LEN]; /* in: for people; zero-terminated */
	__s32 fd;		/* out: the program */
	__u32 id;		/* out: its number */
	struct cervus_verdict verdict; /* out */
};

/*
 * CERVUS_START, on a program: runs it once, in an instance of its own. EBUSY while it runs,
 * ECANCELED once it has been unloaded.
 */
struct cervus_start {
	__u64 entry;		/* in: name of the export to call */
	__u64 args;		/* in: arguments, each ended by a zero byte */
	__u64 values;		/* in: __u64 each, for the entry's parameters */
	__u32 entry_len;	/* in: 0: __app_main, __cv_main, _start or main */
	__u32 args_len;		/* in */
	__u32 value_count;	/* in */
	__u32 stack_slots;	/* in: of 8 bytes; 0: the module's default */
	__u64 fuel;		/* in: 0: no limit */
	__u32 max_pages;	/* in: pages that its memory may grow to; 0: the module's limit */
	__u32 flags;		/* in: 0 */
};

enum cervus_state {
	CERVUS_READY,		/* never started */
	CERVUS_RUNNING,		/* running or waiting for a processor */
	CERVUS_SLEEPING,	/* waits by its own wish */
	CERVUS_DONE,		/* the entry has returned */
	CERVUS_TRAPPED,
	CERVUS_STOPPED,
};

/*
 * CERVUS_WAIT, on a program: waits for the end of the run. ETIMEDOUT, EINTR; EINVAL if it was never
 * started.
 */
struct cervus_wait {
	__u64 timeout_ns;	/* in: 0: none */
	__u32 state;		/* out: CERVUS_DONE, _TRAPPED or _STOPPED */
	__u32 trap;		/* out: number of the trap */
	__u64 fuel;		/* out: fuel used */
	__u32 value_count;	/* out: results, of which the first CERVUS_VALUES are here */
	__u32 frame_count;	/* out: frames, of which the innermost CERVUS_FRAMES are here */
	__u64 values[CERVUS_VALUES];
	__u64 frames[CERVUS_FRAMES]; /* out: function << 32 | word */
	__u64 stop_ns;		/* out: for how long it still ran after STOP */
};

/* Bits of cervus_info.flags. */
#define CERVUS_INFO_PINNED	0x1	/* has a name that keeps it loaded */
#define CERVUS_INFO_UNLOADED	0x2	/* open files are all that is left of it */
#define CERVUS_INFO_FPU		0x4	/* computes with floats, on the FPU */
#define CERVUS_INFO_MASKED	0x8	/* addresses are masked under speculation */
#define CERVUS_INFO_BOUNDED	0x10	/* its image claims a bound on its fuel */

/* CERVUS_INFO, on a program. */
struct cervus_info {
	__u32 id;
	__u32 state;
	char name[CERVUS_NAME_LEN];
	char pin[CERVUS_NAME_LEN]; /* the name it is pinned by */
	__u64 cpu_ns;		/* time on a processor */
	__u64 slices;
	__u64 fuel;		/* used, over all runs */
	__u64 polls;		/* times that it gave way at a poll */
	__u64 sleeps;
	__u64 traps;
	__u64 runs;
	__u64 image_bytes;
	__u64 linked_bytes;
	__u64 memory_bytes;	/* linear memory, as it was after the last slice */
	__u64 slice_fuel;	/* fuel that makes a slice, as measured */
	__u64 log_records;
	__u64 log_dropped;	/* records that found the stream full */
	__u64 printk_dropped;	/* lines that were too many for the kernel log */
	__u64 loaded_ns;	/* CLOCK_BOOTTIME */
	__u64 started_ns;	/* the last run; 0: never */
	__u64 granted;		/* capability bits */
	__u32 trap;		/* number of the last run's trap */
	__u32 files;		/* open files of it */
	__u32 uid;		/* who has loaded it */
	__u32 flags;		/* CERVUS_INFO_* */
	__u32 netns;		/* inode number of the loader's network namespace */
	__u32 pad;
};

/*
 * CERVUS_LIST, on /dev/cervus: the programs with numbers from `from` on, ascending. Programs come
 * and go meanwhile; each is whole.
 */
struct cervus_list {
	__u64 infos;		/* in: address of struct cervus_info */
	__u32 info_size;	/* in: bytes of one, as the caller knows it */
	__u32 capacity;		/* in: how many there is room for */
	__u32 from;		/* in: least number */
	__u32 count;		/* out: how many were written */
	__u32 total;		/* out: how many programs there are */
	__u32 flags;		/* in: 0 */
};

/* Bits of cervus_stats.flags. */
#define CERVUS_STATS_TAIL	0x1	/* dispatch by tail calls, else by one branch */
#define CERVUS_STATS_RETPOLINE	0x2	/* the kernel uses retpolines */
#define CERVUS_STATS_FPU	0x4	/* floats on the FPU, else in software */

/* CERVUS_STATS, on /dev/cervus: the module. */
struct cervus_stats {
	__u32 abi;		/* CERVUS_ABI */
	__u32 programs;
	__u64 table_hash;	/* images must have the same */
	__u64 slices;
	__u64 slice_ns;		/* aimed at */
	__u64 section_ns;	/* at most without giving way */
	__u64 max_image_bytes;
	__u32 max_pages;
	__u32 workers;		/* slices that run at a time */
	__u32 flags;		/* CERVUS_STATS_* */
	__u32 pinned;
	char version[CERVUS_NAME_LEN]; /* of the module */
};

/*
 * CERVUS_PIN, on a program: keeps it loaded, and its run going, under a name when its files are
 * closed. EEXIST: the name is taken, or it is pinned already. Needs the privileges of the device.
 * CERVUS_UNPIN, on /dev/cervus: takes the name away; without open files the program is unloaded.
 */
struct cervus_pin {
	char name[CERVUS_NAME_LEN]; /* in: zero-terminated; no number, control characters or '/' */
	__u32 flags;		/* in: 0 */
	__u32 pad;		/* in: 0 */
};

/* CERVUS_OPEN, on /dev/cervus: another file of a program, by its number or the name of its pin. */
struct cervus_open {
	char name[CERVUS_NAME_LEN]; /* in: used if id is 0 */
	__u32 id;		/* in; out: its number */
	__u32 flags;		/* in: 0 */
	__s32 fd;		/* out */
	__u32 pad;		/* in: 0 */
};

/*
 * CERVUS_UNLOAD, on /dev/cervus: stops a program's run, takes its pin away and bars further runs.
 * It is freed when its last file is closed.
 */
struct cervus_unload {
	__u32 id;		/* in */
	__u32 flags;		/* in: 0 */
};

#define CERVUS_ABI	2

/* read() on a program gives its log: records of this head and len bytes of text. */
struct cervus_record {
	__u64 time_ns;		/* CLOCK_BOOTTIME */
	__s32 level;
	__u32 len;
};

#define CERVUS_NR_LOAD	1
#define CERVUS_NR_START	2
#define CERVUS_NR_WAIT	3
#define CERVUS_NR_STOP	4
#define CERVUS_NR_INFO	5
#define CERVUS_NR_LIST	6
#define CERVUS_NR_STATS	7
#define CERVUS_NR_PIN	8
#define CERVUS_NR_UNPIN	9
#define CERVUS_NR_OPEN	10
#define CERVUS_NR_UNLOAD 11

#define CERVUS_LOAD	_IOWR(CERVUS_IOC, CERVUS_NR_LOAD, struct cervus_load)
#define CERVUS_START	_IOW(CERVUS_IOC, CERVUS_NR_START, struct cervus_start)
#define CERVUS_WAIT	_IOWR(CERVUS_IOC, CERVUS_NR_WAIT, struct cervus_wait)
#define CERVUS_STOP	_IO(CERVUS_IOC, CERVUS_NR_STOP)
#define CERVUS_INFO	_IOR(CERVUS_IOC, CERVUS_NR_INFO, struct cervus_info)
#define CERVUS_LIST	_IOWR(CERVUS_IOC, CERVUS_NR_LIST, struct cervus_list)
#define CERVUS_STATS	_IOR(CERVUS_IOC, CERVUS_NR_STATS, struct cervus_stats)
#define CERVUS_PIN	_IOW(CERVUS_IOC, CERVUS_NR_PIN, struct cervus_pin)
#define CERVUS_UNPIN	_IOW(CERVUS_IOC, CERVUS_NR_UNPIN, struct cervus_pin)
#define CERVUS_OPEN	_IOWR(CERVUS_IOC, CERVUS_NR_OPEN, struct cervus_open)
#define CERVUS_UNLOAD	_IOW(CERVUS_IOC, CERVUS_NR_UNLOAD, struct cervus_unload)

#endif /* CERVUS_UAPI_H */
