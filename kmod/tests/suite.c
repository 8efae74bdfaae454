// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replays the official suite: loads every image of a file and makes every call in it, each in an
 * instance of its own, and compares values, trap and fuel with those of the embedded engine. The
 * format is described in testsuite/src/kernel/suite.rs.
 *
 *   suite FILE     print each difference, and a summary; fails if there is one
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../cervus_uapi.h"

#define FUEL		(1ULL << 32)
#define PAGES		1024
#define TIMEOUT_NS	60000000000ULL
/* Differences that are printed. */
#define SHOWN		20

enum outcome { DONE, TRAPPED, REFUSED };

static const uint8_t *at, *end;
static unsigned int differences;

static void die(const char *what)
{
	fprintf(stderr, "suite: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const uint8_t *take(size_t len)
{
	const uint8_t *bytes = at;

	if (len > (size_t)(end - at)) {
		fprintf(stderr, "suite: the file is cut\n");
		exit(1);
	}
	at += len;
	return bytes;
}

static uint64_t number(unsigned int bytes)
{
	const uint8_t *from = take(bytes);
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | from[bytes];
	return value;
}

static void differs(const char *module, int module_len, const char *entry, int entry_len,
		    const char *what, uint64_t got, uint64_t expected)
{
	if (differences++ < SHOWN)
		printf("%.*s %.*s: %s is %llu, expected %llu\n", module_len, module, entry_len, entry,
		       what, (unsigned long long)got, (unsigned long long)expected);
}

static int load(int dev, const uint8_t *image, size_t len, const char *name, int name_len)
{
	struct cervus_load l = { 0 };

	l.image = (uintptr_t)image;
	l.image_len = len;
	strcpy(l.name, "suite");
	if (ioctl(dev, CERVUS_LOAD, &l)) {
		printf("%.*s: LOAD: %s, code %u\n", name_len, name, strerror(errno), l.verdict.code);
		differences++;
		return -1;
	}
	return l.fd;
}

/* Reads a call, and makes it if there is a program. */
static void call(int fd, const char *module, int module_len)
{
	int entry_len = number(2);
	const char *entry = (const char *)take(entry_len);
	struct cervus_wait w = { .timeout_ns = TIMEOUT_NS };
	struct cervus_start s = { .fuel = FUEL, .max_pages = PAGES };
	unsigned int outcome, trap, got = REFUSED, i;
	uint64_t values[256], fuel, count;

	s.entry = (uintptr_t)entry;
	s.entry_len = entry_len;
	s.values = (uintptr_t)values;
	s.value_count = number(1);
	for (i = 0; i < s.value_count; i++)
		values[i] = number(8);
	s.stack_slots = number(4);
	outcome = number(1);
	trap = number(1);
	fuel = number(8);
	count = number(1);
	if (fd < 0) {
		take(count * 8);
		return;
	}
	if (!ioctl(fd, CERVUS_START, &s)) {
		if (ioctl(fd, CERVUS_WAIT, &w))
			die("WAIT");
		got = w.state == CERVUS_DONE ? DONE : TRAPPED;
	}
	if (got != outcome) {
		differs(module, module_len, entry, entry_len, "outcome", got, outcome);
	} else if (got != REFUSED) {
		if (w.trap != trap)
			differs(module, module_len, entry, entry_len, "trap", w.trap, trap);
		if (w.fuel != fuel)
			differs(module, module_len, entry, entry_len, "fuel", w.fuel, fuel);
		if (got == DONE && w.value_count != count)
			differs(module, module_len, entry, entry_len, "values' number", w.value_count, count);
	}
	for (i = 0; i < count; i++) {
		uint64_t value = number(8);

		if (got == DONE && i < CERVUS_VALUES && w.values[i] != value)
			differs(module, module_len, entry, entry_len, "value", w.values[i], value);
	}
}

int main(int argc, char **argv)
{
	unsigned int modules = 0, calls = 0;
	int dev, file, fd = -1, name_len = 0;
	const char *name = NULL;
	struct stat st;
	uint8_t *bytes;
	ssize_t got;

	if (argc != 2) {
		fprintf(stderr, "suite: one argument, the file\n");
		return 2;
	}
	file = open(argv[1], O_RDONLY);
	if (file < 0 || fstat(file, &st))
		die(argv[1]);
	bytes = malloc(st.st_size);
	if (!bytes)
		die("malloc");
	at = bytes;
	end = bytes;
	while (end < bytes + st.st_size) {
		got = read(file, (void *)end, bytes + st.st_size - end);
		if (got <= 0)
			die("read");
		end += got;
	}
	dev = open("/dev/cervus", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		die("/dev/cervus");
	if (memcmp(take(4), "CVS1", 4)) {
		fprintf(stderr, "suite: not a file of this program\n");
		return 1;
	}
	for (;;) {
		uint8_t tag = number(1);
		size_t len;

		if (tag == 'M') {
			if (fd >= 0)
				close(fd);
			name_len = number(2);
			name = (const char *)take(name_len);
			len = number(4);
			fd = load(dev, take(len), len, name, name_len);
			modules++;
		} else if (tag == 'C') {
			call(fd, name, name_len);
			calls++;
		} else if (tag == 'E') {
			if (modules != number(4) || calls != number(4)) {
				fprintf(stderr, "suite: the file has lost something\n");
				return 1;
			}
			break;
		} else {
			fprintf(stderr, "suite: record %u is unknown\n", tag);
			return 1;
		}
	}
	if (fd >= 0)
		close(fd);
	printf("modules=%u calls=%u differences=%u\n", modules, calls, differences);
	return differences > 0;
}
