/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that drive /dev/cervus in the test guest share.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../cervus_uapi.h"

static inline void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* xorshift64*: the same numbers for the same state, which is not 0. */
static inline uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545F4914F6CDD1DULL;
}

static inline uint8_t *slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	uint8_t *bytes;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	bytes = malloc(st.st_size + 1);
	if (!bytes || read(fd, bytes, st.st_size) != st.st_size)
		die(path);
	close(fd);
	*len = st.st_size;
	return bytes;
}

static inline int device(void)
{
	int fd = open("/dev/cervus", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/cervus");
	return fd;
}

static inline int load(int dev, const uint8_t *image, size_t len, struct cervus_load *l)
{
	memset(l, 0, sizeof(*l));
	l->image = (uintptr_t)image;
	l->image_len = len;
	l->granted = CERVUS_GRANT_ALL;
	strcpy(l->name, "test");
	return ioctl(dev, CERVUS_LOAD, l);
}

static inline void print_verdict(const struct cervus_verdict *v)
{
	printf("verdict code=%u func=%d pc=%d operand=%d expected=%llu got=%llu\n", v->code, (int)v->func,
	       (int)v->pc, (int)v->operand, (unsigned long long)v->expected, (unsigned long long)v->got);
}

static inline unsigned int count_programs(int dev)
{
	struct cervus_stats stats;

	if (ioctl(dev, CERVUS_STATS, &stats))
		die("STATS");
	return stats.programs;
}

/* Waits until no program is left, for at most 20 s; how many there are then. */
static inline unsigned int none_left(int dev)
{
	uint64_t began = now_ns();

	while (count_programs(dev) && now_ns() - began < 20000000000ULL)
		usleep(1000);
	return count_programs(dev);
}

static inline int load_or_die(int dev, const char *path)
{
	struct cervus_load l;
	uint8_t *image;
	size_t len;

	image = slurp(path, &len);
	if (load(dev, image, len, &l)) {
		if (errno == ENOEXEC)
			print_verdict(&l.verdict);
		die("LOAD");
	}
	free(image);
	return l.fd;
}

/* What a program can be told to do. */
struct command {
	const char *name;
	int args;		/* at least */
	int (*run)(char **argv);
};

/* Does what the command line says; the exit status. */
static inline int run_command(const char *program, const struct command *commands, size_t count,
			      int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < count; i++)
		if (!strcmp(argv[1], commands[i].name) && argc > 1 + commands[i].args)
			return commands[i].run(argv + 2);
	fprintf(stderr, "%s: see the head of %s.c\n", program, program);
	return 2;
}

#endif /* CLIENT_H */
