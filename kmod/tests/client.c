// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives /dev/cervus in the test guest, one subcommand per kind of case; links against nothing but
 * libc.
 *
 *   client run IMAGE [-e ENTRY] [-f FUEL] [-v VALUE]... [-- ARG...]   load, start, wait; print end and log
 *   client load IMAGE                        load only; print the verdict
 *   client stop IMAGE MS                     stop a run after MS; print how long it took to end
 *   client close IMAGE                       close a running program's file
 *   client many IMAGE COUNT MS               COUNT runs at a time; print their shares of CPU time
 *   client mutate IMAGE COUNT SEED           load COUNT damaged images, run those that are accepted
 *   client ioctls IMAGE COUNT SEED           random requests with random structs
 *   client refused                           open the device, expecting EPERM
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../cervus_uapi.h"

static const char *const states[] = { "ready", "running", "sleeping", "done", "trapped", "stopped" };

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static uint64_t random_state;

/* xorshift64*: the same cases for the same seed. */
static uint64_t next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545F4914F6CDD1DULL;
}

static uint8_t *slurp(const char *path, size_t *len)
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

static int device(void)
{
	int fd = open("/dev/cervus", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/cervus");
	return fd;
}

static int load(int dev, const uint8_t *image, size_t len, struct cervus_load *l)
{
	memset(l, 0, sizeof(*l));
	l->image = (uintptr_t)image;
	l->image_len = len;
	l->granted = CERVUS_GRANT_ALL;
	strcpy(l->name, "test");
	return ioctl(dev, CERVUS_LOAD, l);
}

static void print_verdict(const struct cervus_verdict *v)
{
	printf("verdict code=%u func=%d pc=%d operand=%d expected=%llu got=%llu\n", v->code, (int)v->func,
	       (int)v->pc, (int)v->operand, (unsigned long long)v->expected, (unsigned long long)v->got);
}

static int load_or_die(int dev, const char *path)
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

static void print_log(int fd)
{
	struct cervus_record head;
	char text[65536];

	while (read(fd, &head, sizeof(head)) == sizeof(head)) {
		if (head.len > sizeof(text) || (head.len && read(fd, text, head.len) != head.len))
			die("read");
		printf("log %d %.*s\n", head.level, (int)head.len, text);
	}
}

static void print_end(const struct cervus_wait *w)
{
	printf("end %s trap=%u fuel=%llu values=", states[w->state], w->trap, (unsigned long long)w->fuel);
	for (unsigned int i = 0; i < w->value_count && i < CERVUS_VALUES; i++)
		printf("%s%llu", i ? "," : "", (unsigned long long)w->values[i]);
	printf(" frames=");
	for (unsigned int i = 0; i < w->frame_count && i < CERVUS_FRAMES; i++)
		printf("%s%u:%u", i ? "," : "", (unsigned int)(w->frames[i] >> 32), (unsigned int)w->frames[i]);
	printf("\n");
}

static int run(char **argv)
{
	struct cervus_start s = { 0 };
	struct cervus_wait w = { 0 };
	uint64_t values[16];
	char args[4096];
	const char *path = *argv++;
	int fd = load_or_die(device(), path);

	s.args_len = snprintf(args, sizeof(args), "%s", path) + 1;
	for (; *argv; argv++) {
		if (!strcmp(*argv, "-e")) {
			s.entry = (uintptr_t)*++argv;
			s.entry_len = strlen(*argv);
		} else if (!strcmp(*argv, "-f")) {
			s.fuel = strtoull(*++argv, NULL, 0);
		} else if (!strcmp(*argv, "-v")) {
			values[s.value_count++ % 16] = strtoull(*++argv, NULL, 0);
		} else if (strcmp(*argv, "--")) {
			s.args_len += snprintf(args + s.args_len, sizeof(args) - s.args_len, "%s", *argv) + 1;
		}
	}
	s.args = (uintptr_t)args;
	s.values = (uintptr_t)values;
	if (ioctl(fd, CERVUS_START, &s))
		die("START");
	print_log(fd);
	if (ioctl(fd, CERVUS_WAIT, &w))
		die("WAIT");
	print_end(&w);
	return 0;
}

static int only_load(char **argv)
{
	struct cervus_load l;
	uint8_t *image;
	size_t len;

	image = slurp(argv[0], &len);
	if (!load(device(), image, len, &l)) {
		printf("accepted\n");
		return 0;
	}
	printf("refused errno=%d ", errno);
	print_verdict(&l.verdict);
	return 0;
}

static int stop(char **argv)
{
	struct cervus_start s = { 0 };
	struct cervus_wait w = { 0 };
	struct cervus_info info;
	int fd = load_or_die(device(), argv[0]);
	uint64_t began;

	if (ioctl(fd, CERVUS_START, &s))
		die("START");
	usleep(atoi(argv[1]) * 1000);
	if (ioctl(fd, CERVUS_INFO, &info))
		die("INFO");
	if (!ioctl(fd, CERVUS_START, &s) || errno != EBUSY)
		die("second START");
	began = now_ns();
	if (ioctl(fd, CERVUS_STOP))
		die("STOP");
	if (ioctl(fd, CERVUS_WAIT, &w))
		die("WAIT");
	printf("was %s slices=%llu cpu_ns=%llu slice_fuel=%llu stopped_after_us=%llu\n", states[info.state],
	       (unsigned long long)info.slices, (unsigned long long)info.cpu_ns,
	       (unsigned long long)info.slice_fuel, (unsigned long long)(now_ns() - began) / 1000);
	print_end(&w);
	if (!ioctl(fd, CERVUS_START, &s) || errno != ECANCELED)
		die("START after STOP");
	return 0;
}

static unsigned int count_programs(int dev)
{
	struct cervus_stats stats;

	if (ioctl(dev, CERVUS_STATS, &stats))
		die("STATS");
	return stats.programs;
}

static int close_running(char **argv)
{
	struct cervus_start s = { 0 };
	int dev = device(), fd = load_or_die(dev, argv[0]);
	uint64_t began;

	if (ioctl(fd, CERVUS_START, &s))
		die("START");
	usleep(20000);
	began = now_ns();
	close(fd);
	printf("close_us=%llu", (unsigned long long)(now_ns() - began) / 1000);
	while (count_programs(dev) && now_ns() - began < 2000000000ULL)
		usleep(1000);
	printf(" programs=%u\n", count_programs(dev));
	return 0;
}

static int many(char **argv)
{
	unsigned int count = atoi(argv[1]), ms = atoi(argv[2]), i;
	struct cervus_start s = { .stack_slots = 64 };
	struct cervus_info *infos = calloc(count, sizeof(*infos));
	struct cervus_list list = { .infos = (uintptr_t)infos, .info_size = sizeof(*infos), .capacity = count };
	uint64_t min = UINT64_MAX, max = 0, sum = 0, before, idle_ns = 0, busy_ns, slices = 0;
	int dev = device(), *fds = calloc(count, sizeof(*fds)), round;

	/* What the same work costs an idle and a busy machine. */
	for (round = 0; round < 2; round++) {
		before = now_ns();
		for (volatile unsigned int n = 0; n < 20000000; n++)
			;
		busy_ns = now_ns() - before;
		if (round)
			break;
		idle_ns = busy_ns;
		for (i = 0; i < count; i++) {
			fds[i] = load_or_die(dev, argv[0]);
			if (ioctl(fds[i], CERVUS_START, &s))
				die("START");
		}
	}
	usleep(ms * 1000);
	if (ioctl(dev, CERVUS_LIST, &list))
		die("LIST");
	for (i = 0; i < count; i++) {
		uint64_t ns = infos[i].cpu_ns;

		min = ns < min ? ns : min;
		max = ns > max ? ns : max;
		sum += ns;
		slices += infos[i].slices;
	}
	before = now_ns();
	for (i = 0; i < count; i++)
		close(fds[i]);
	while (count_programs(dev) && now_ns() - before < 20000000000ULL)
		usleep(1000);
	printf("count=%u listed=%u cpu_us min=%llu max=%llu mean=%llu slices=%llu loop_ms idle=%llu busy=%llu end_ms=%llu left=%u\n",
	       count, list.count, (unsigned long long)min / 1000, (unsigned long long)max / 1000,
	       (unsigned long long)sum / count / 1000, (unsigned long long)slices, (unsigned long long)idle_ns / 1000000,
	       (unsigned long long)busy_ns / 1000000, (unsigned long long)(now_ns() - before) / 1000000,
	       count_programs(dev));
	return 0;
}

static int mutate(char **argv)
{
	unsigned int count = atoi(argv[1]), accepted = 0, refused = 0, ended[6] = { 0 };
	int dev = device();
	uint8_t *image, *copy;
	size_t len;

	random_state = strtoull(argv[2], NULL, 0) | 1;
	image = slurp(argv[0], &len);
	copy = malloc(len);
	for (unsigned int i = 0; i < count; i++) {
		struct cervus_load l;
		size_t length = len;

		memcpy(copy, image, len);
		for (unsigned int edits = 1 + next() % 3; edits; edits--) {
			size_t at = next() % len;

			switch (next() % 4) {
			case 0:
				copy[at] ^= 1 << next() % 8;
				break;
			case 1:
				copy[at] = next();
				break;
			case 2:
				copy[at] = copy[next() % len];
				break;
			default:
				if (next() % 16 == 0)
					length = next() % len;
				else
					copy[at] += next() % 2 ? 1 : -1;
			}
		}
		if (load(dev, copy, length, &l)) {
			if (errno == EFBIG && !length)
				continue;
			if (errno != ENOEXEC || !l.verdict.code) {
				print_verdict(&l.verdict);
				die("a refusal without a code");
			}
			refused++;
		} else {
			struct cervus_start s = { .fuel = 100000, .stack_slots = 1024, .max_pages = 64 };
			struct cervus_wait w = { .timeout_ns = 200000000 };

			accepted++;
			if (!ioctl(l.fd, CERVUS_START, &s)) {
				if (ioctl(l.fd, CERVUS_WAIT, &w) && errno != ETIMEDOUT)
					die("WAIT");
				ended[w.state]++;
			}
			close(l.fd);
		}
	}
	printf("refused=%u accepted=%u done=%u trapped=%u\n", refused, accepted, ended[CERVUS_DONE],
	       ended[CERVUS_TRAPPED]);
	return 0;
}

static int ioctls(char **argv)
{
	unsigned int count = atoi(argv[1]), ok = 0;
	int dev = device(), fd = load_or_die(dev, argv[0]);
	static uint64_t words[64];

	random_state = strtoull(argv[2], NULL, 0) | 1;
	for (unsigned int i = 0; i < count; i++) {
		unsigned int nr = next() % 9, size = next() % 4 ? next() % 256 : next() % 16384;
		int r;

		/* Without this the run would have to be waited for. */
		if (nr == CERVUS_NR_WAIT && size < 8)
			continue;
		for (unsigned int w = 0; w < 64; w++) {
			uint64_t v = next();

			words[w] = v % 4 == 0 ? 0 : v % 4 == 1 ? v >> 40 : v % 4 == 2 ? (uintptr_t)words : v;
		}
		if (nr == CERVUS_NR_WAIT)
			words[0] = 1 + next() % 1000000;
		r = ioctl(next() % 2 ? dev : fd, _IOC(3, CERVUS_IOC, nr, size), next() % 8 ? words : (void *)next());
		ok += r >= 0;
	}
	printf("requests=%u succeeded=%u\n", count, ok);
	close(fd);
	return 0;
}

static int refused(void)
{
	if (setgid(65534) || setuid(65534))
		die("setuid");
	if (open("/dev/cervus", O_RDWR) >= 0 || (errno != EACCES && errno != EPERM))
		die("an unprivileged open");
	printf("refused\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(command, "run") && argc > 2)
		return run(argv + 2);
	if (!strcmp(command, "load") && argc > 2)
		return only_load(argv + 2);
	if (!strcmp(command, "stop") && argc > 3)
		return stop(argv + 2);
	if (!strcmp(command, "close") && argc > 2)
		return close_running(argv + 2);
	if (!strcmp(command, "many") && argc > 4)
		return many(argv + 2);
	if (!strcmp(command, "mutate") && argc > 4)
		return mutate(argv + 2);
	if (!strcmp(command, "ioctls") && argc > 4)
		return ioctls(argv + 2);
	if (!strcmp(command, "refused"))
		return refused();
	fprintf(stderr, "client: see the head of client.c\n");
	return 2;
}
