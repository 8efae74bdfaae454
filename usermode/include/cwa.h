/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host functions of Cervus for guests in C: the import module `cwa` (CommonWA).
 *
 * Freestanding; builds with any clang that has the wasm32 target:
 *
 *     clang --target=wasm32 -O2 -nostdlib -ffreestanding -I include \
 *           -Wl,--no-entry -Wl,--export=__app_main -o guest.wasm guest.c
 *
 * A guest defines `int32_t __app_main(void)`; its result is the exit code.
 */
#ifndef CWA_H
#define CWA_H

#include <stddef.h>
#include <stdint.h>

#define CWA_IMPORT(name) __attribute__((import_module("cwa"), import_name(name)))

/* Results below zero. */
enum cwa_error {
	CWA_ERR_UNKNOWN = -1,
	CWA_ERR_INVALID_ARGUMENT = -2,
	CWA_ERR_PERMISSION_DENIED = -3,
	CWA_ERR_NOT_FOUND = -4,
};

enum cwa_level {
	CWA_ERROR = 1,
	CWA_WARNING = 3,
	CWA_INFO = 6,
};

/* Version of the CommonWA specification that the host follows. */
CWA_IMPORT("runtime_spec_major") int32_t cwa_runtime_spec_major(void);
CWA_IMPORT("runtime_spec_minor") int32_t cwa_runtime_spec_minor(void);

/* Name of the host, without a terminating NUL: bytes written, or CWA_ERR_INVALID_ARGUMENT when it does not fit. */
CWA_IMPORT("runtime_name") int32_t cwa_runtime_name(char *out, size_t len);

/* Sleeps for `ms` milliseconds. */
CWA_IMPORT("runtime_msleep") void cwa_runtime_msleep(int32_t ms);

/* Writes one log record of `len` bytes of UTF-8. */
CWA_IMPORT("log_write") void cwa_log_write(int32_t level, const char *text, size_t len);

/* Number of arguments, the program's own path included. */
CWA_IMPORT("startup_arg_len") int32_t cwa_startup_arg_len(void);

/* Copies at most `len` bytes of argument `id`: bytes written, or CWA_ERR_INVALID_ARGUMENT for a bad `id`. */
CWA_IMPORT("startup_arg_at") int32_t cwa_startup_arg_at(int32_t id, char *out, size_t len);

/* Called by the host. */
int32_t __app_main(void);

#endif /* CWA_H */
