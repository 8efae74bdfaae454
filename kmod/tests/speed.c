// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same programs (peers/) in three interpreters of one machine: the kernel's own of eBPF, this
 * module, and the embedded engine of the cervus command.
 *
 *   speed DIR TIMES ROUNDS NAME...           runs DIR/NAME.bpf and DIR/NAME.cvi; medians of ROUNDS
 */
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "client.h"

#define MAX_ROUNDS	32

struct sample {
	uint32_t result;
	double ns;		/* of one turn of the program's work */
};

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static struct sample ebpf(const char *path, unsigned int times)
{
	static char log[1 << 20], packet[64];
	union bpf_attr attr;
	uint8_t *insns;
	size_t len;
	int fd;

	insns = slurp(path, &len);
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = len / 8;
	attr.license = (uintptr_t)"GPL";
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		attr.log_buf = (uintptr_t)log;
		attr.log_size = sizeof(log);
		attr.log_level = 1;
		bpf(BPF_PROG_LOAD, &attr);
		fprintf(stderr, "%s\n", log);
		die(path);
	}
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = fd;
	attr.test.repeat = times;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	if (bpf(BPF_PROG_TEST_RUN, &attr))
		die("BPF_PROG_TEST_RUN");
	close(fd);
	free(insns);
	return (struct sample){ attr.test.retval, attr.test.duration };
}

static struct sample kernel(const char *path, unsigned int times)
{
	uint64_t value = times;
	struct cervus_start s = { .entry = (uintptr_t)"run", .entry_len = 3, .values = (uintptr_t)&value,
				  .value_count = 1 };
	struct cervus_wait w = { 0 };
	struct cervus_info info;
	int dev = device(), fd = load_or_die(dev, path);

	if (ioctl(fd, CERVUS_START, &s) || ioctl(fd, CERVUS_WAIT, &w) || ioctl(fd, CERVUS_INFO, &info))
		die("START, WAIT, INFO");
	if (w.state != CERVUS_DONE)
		die("a run that is done");
	close(fd);
	close(dev);
	return (struct sample){ w.values[0], (double)info.cpu_ns / times };
}

/* The result of a process that runs the program that often, and the nanoseconds until its end. */
static struct sample process(const char *path, unsigned int times)
{
	char text[16], answer[64] = "";
	uint64_t before = now_ns();
	int ends[2], status;
	pid_t child;

	snprintf(text, sizeof(text), "%u", times);
	if (pipe(ends))
		die("pipe");
	child = fork();
	if (!child) {
		dup2(ends[1], 1);
		execlp("cervus", "cervus", "run", "--invoke", "run", path, text, NULL);
		die("cervus");
	}
	close(ends[1]);
	if (read(ends[0], answer, sizeof(answer) - 1) < 0 || waitpid(child, &status, 0) != child || status)
		die("cervus run");
	close(ends[0]);
	return (struct sample){ strtol(answer, NULL, 10), now_ns() - before };
}

/* Without the time to start a process and to load the program; user-mode Linux does not count CPU time of processes. */
static struct sample embedded(const char *path, unsigned int times)
{
	struct sample once = process(path, 1), all = process(path, times);

	return (struct sample){ all.result, (all.ns - once.ns) / (times - 1) };
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct sample (*const engines[])(const char *, unsigned int) = { ebpf, kernel, embedded };
	const char *const suffixes[] = { "bpf", "cvi", "cvi" };
	unsigned int times, rounds;

	if (argc < 5) {
		fprintf(stderr, "speed: see the head of speed.c\n");
		return 2;
	}
	times = atoi(argv[2]);
	rounds = atoi(argv[3]);
	if (times < 2 || !rounds || rounds > MAX_ROUNDS)
		return 2;
	printf("%-8s %10s %10s %10s %12s %16s\n", "program", "ebpf_ns", "kernel_ns", "embed_ns", "kernel/ebpf",
	       "kernel/embedded");
	for (char **name = argv + 4; *name; name++) {
		double ns[3][MAX_ROUNDS];
		uint32_t results[3];

		/* Turn by turn, so that a slow moment of the machine meets all of them. */
		for (unsigned int round = 0; round < rounds; round++) {
			for (int e = 0; e < 3; e++) {
				char path[256];
				struct sample sample;

				snprintf(path, sizeof(path), "%s/%s.%s", argv[1], *name, suffixes[e]);
				sample = engines[e](path, times);
				results[e] = sample.result;
				ns[e][round] = sample.ns;
			}
			if (results[0] != results[1] || results[1] != results[2]) {
				fprintf(stderr, "speed: %s: results differ: %x %x %x\n", *name, results[0], results[1],
					results[2]);
				return 1;
			}
		}
		for (int e = 0; e < 3; e++)
			qsort(ns[e], rounds, sizeof(double), compare);
		/* Speeds: more is faster. */
		printf("%-8s %10.0f %10.0f %10.0f %12.2f %16.2f\n", *name, ns[0][rounds / 2], ns[1][rounds / 2],
		       ns[2][rounds / 2], ns[0][rounds / 2] / ns[1][rounds / 2], ns[2][rounds / 2] / ns[1][rounds / 2]);
	}
	return 0;
}
