// SPDX-License-Identifier: GPL-2.0-only
/*
 * Presses /dev/cervus in the test guest.
 *
 *   stress many IMAGE COUNT MS               COUNT runs at a time: shares of CPU time within MS, what a
 *                                            shell loop takes meanwhile, workers, memory
 *   stress kills IMAGE COUNT                 COUNT runs stopped: how long each still ran
 *   stress mutate IMAGE COUNT SEED           load COUNT damaged images, run those that are accepted
 *   stress ioctls IMAGE COUNT SEED           random requests with random structs
 *   stress race IMAGE SECONDS THREADS        all requests on the same programs from several threads
 *   stress sizes IMAGE                       every request with short, long and garbage-tailed structs
 *   stress failnth IMAGE                     every request with its allocations failing, one by one
 *
 * With FAULTY in the environment, the allocations of this task are those that the kernel lets fail.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include "client.h"

/* Slots of a stack that will do for small guests. */
#define STACK	64

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Nanoseconds that a loop of a shell takes, one process each time round. */
static uint64_t shell_loop(void)
{
	uint64_t before = now_ns();

	if (system("i=0; while [ $i -lt 60 ]; do busybox true; i=$((i+1)); done"))
		die("the shell");
	return now_ns() - before;
}

static uint64_t median_loop(void)
{
	uint64_t ns[3];

	for (int i = 0; i < 3; i++)
		ns[i] = shell_loop();
	qsort(ns, 3, sizeof(*ns), compare);
	return ns[1];
}

/* Kernel threads that serve the module's queues, or did last. */
static unsigned int kworkers(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	unsigned int count = 0;

	while (proc && (entry = readdir(proc))) {
		char path[300], name[64] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) && !strncmp(name, "kworker/", 8) && strstr(name, "cervus"))
			count++;
		fclose(file);
	}
	if (proc)
		closedir(proc);
	return count;
}

/* KiB of a line in /proc/meminfo. */
static long meminfo(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			kib = atol(strchr(line, ':') + 1);
	if (file)
		fclose(file);
	return kib;
}

static void list_all(int dev, struct cervus_info *infos, unsigned int count)
{
	struct cervus_list list = { .infos = (uintptr_t)infos, .info_size = sizeof(*infos), .capacity = count };

	if (ioctl(dev, CERVUS_LIST, &list))
		die("LIST");
	if (list.count != count || list.total != count) {
		fprintf(stderr, "stress: %u of %u programs are listed\n", list.count, count);
		exit(1);
	}
}

static int many(char **argv)
{
	unsigned int count = atoi(argv[1]), ms = atoi(argv[2]), i, workers, left, outside;
	struct rlimit limit = { count + 64, count + 64 };
	struct cervus_start s = { .stack_slots = STACK };
	struct cervus_info *old = calloc(count, sizeof(*old)), *new = calloc(count, sizeof(*new));
	uint64_t *ns = calloc(count, sizeof(*ns)), sum = 0, slices = 0, idle, busy, began;
	int dev = device(), *fds = calloc(count, sizeof(*fds));
	uint8_t *image;
	size_t len;
	long free_kib;

	image = slurp(argv[0], &len);
	setrlimit(RLIMIT_NOFILE, &limit);
	idle = median_loop();
	free_kib = meminfo("MemFree:");
	for (i = 0; i < count; i++) {
		struct cervus_load l;

		if (load(dev, image, len, &l))
			die("LOAD");
		fds[i] = l.fd;
	}
	for (i = 0; i < count; i++)
		if (ioctl(fds[i], CERVUS_START, &s))
			die("START");
	free_kib -= meminfo("MemFree:");
	busy = median_loop();
	list_all(dev, old, count);
	for (workers = 0, i = 0; i < 10; i++) {
		unsigned int now = kworkers();

		workers = now > workers ? now : workers;
		usleep(ms * 100);
	}
	list_all(dev, new, count);
	for (i = 0; i < count; i++) {
		ns[i] = new[i].cpu_ns - old[i].cpu_ns;
		sum += ns[i];
		slices += new[i].slices - old[i].slices;
	}
	for (outside = 0, i = 0; i < count; i++)
		outside += ns[i] * 100 < sum / count * 90 || ns[i] * 100 > sum / count * 110;
	qsort(ns, count, sizeof(*ns), compare);
	began = now_ns();
	for (i = 0; i < count; i++)
		close(fds[i]);
	printf("count=%u slices=%llu cpu_us min=%llu p1=%llu mean=%llu p99=%llu max=%llu spread_percent=-%llu+%llu\n",
	       count, (unsigned long long)slices, (unsigned long long)ns[0] / 1000,
	       (unsigned long long)ns[count / 100] / 1000, (unsigned long long)sum / count / 1000,
	       (unsigned long long)ns[count - 1 - count / 100] / 1000, (unsigned long long)ns[count - 1] / 1000,
	       (unsigned long long)(100 - ns[0] * 100 / (sum / count)),
	       (unsigned long long)(ns[count - 1] * 100 / (sum / count) - 100));
	printf("loop_us idle=%llu busy=%llu ratio_percent=%llu workers=%u bytes_each=%ld",
	       (unsigned long long)idle / 1000, (unsigned long long)busy / 1000,
	       (unsigned long long)(busy * 100 / idle), workers, free_kib * 1024 / count);
	left = none_left(dev);
	printf(" end_ms=%llu\n", (unsigned long long)(now_ns() - began) / 1000000);
	/*
	 * The bounds: a tenth, three times, CPUs + 4. Of many guests one in a thousand may be outside: its share is
	 * so small that a processor which the host stops for some milliseconds in its turn makes more than a tenth.
	 */
	printf("outside=%u fair=%s loop=%s workers=%s left=%u\n", outside, outside * 1000 > count ? "no" : "yes",
	       busy <= idle * 3 ? "yes" : "no", workers <= (unsigned int)sysconf(_SC_NPROCESSORS_ONLN) + 4 ? "yes" : "no", left);
	return 0;
}

static int kills(char **argv)
{
	unsigned int count = atoi(argv[1]), sleeping = 0, ended = 0;
	uint64_t *ns = calloc(count, sizeof(*ns)), random = 1;
	int fd = load_or_die(device(), argv[0]);

	for (unsigned int i = 0; i < count; i++) {
		struct cervus_start s = { 0 };
		struct cervus_wait w = { 0 };
		struct cervus_info info;

		if (ioctl(fd, CERVUS_START, &s))
			die("START");
		usleep(next(&random) % 4000);
		if (ioctl(fd, CERVUS_INFO, &info) || ioctl(fd, CERVUS_STOP) || ioctl(fd, CERVUS_WAIT, &w))
			die("INFO, STOP, WAIT");
		sleeping += info.state == CERVUS_SLEEPING;
		ended += w.state != CERVUS_STOPPED;
		ns[i] = w.stop_ns;
	}
	qsort(ns, count, sizeof(*ns), compare);
	printf("kills=%u sleeping=%u ended_before=%u ran_on_us p50=%llu p90=%llu p99=%llu max=%llu\n", count, sleeping,
	       ended, (unsigned long long)ns[count / 2] / 1000, (unsigned long long)ns[count * 9 / 10] / 1000,
	       (unsigned long long)ns[count * 99 / 100] / 1000, (unsigned long long)ns[count - 1] / 1000);
	/* Powers of two of microseconds. */
	for (unsigned int bit = 0, i = 0; i < count; bit++) {
		unsigned int in = 0;

		while (i < count && ns[i] / 1000 < 1ULL << bit)
			i++, in++;
		if (in)
			printf("  < %8llu us: %u\n", 1ULL << bit, in);
	}
	return 0;
}

/* From now on, if that is wanted. */
static void allow_faults(void)
{
	int fd;

	if (!getenv("FAULTY"))
		return;
	fd = open("/proc/self/make-it-fail", O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		die("/proc/self/make-it-fail");
	close(fd);
}

/* A copy of an image with one to three bytes damaged, or its end missing; its length. */
static size_t damage(uint8_t *copy, const uint8_t *image, size_t len, uint64_t *random)
{
	size_t length = len;

	memcpy(copy, image, len);
	for (unsigned int edits = 1 + next(random) % 3; edits; edits--) {
		size_t at = next(random) % len;

		switch (next(random) % 4) {
		case 0:
			copy[at] ^= 1 << next(random) % 8;
			break;
		case 1:
			copy[at] = next(random);
			break;
		case 2:
			copy[at] = copy[next(random) % len];
			break;
		default:
			if (next(random) % 16 == 0)
				length = next(random) % len;
			else
				copy[at] += next(random) % 2 ? 1 : -1;
		}
	}
	return length;
}

static int mutate(char **argv)
{
	unsigned int count = atoi(argv[1]), accepted = 0, refused = 0, without = 0, ended[6] = { 0 };
	uint64_t random = strtoull(argv[2], NULL, 0) | 1;
	int dev = device();
	uint8_t *image, *copy;
	size_t len;

	image = slurp(argv[0], &len);
	copy = malloc(len);
	allow_faults();
	for (unsigned int i = 0; i < count; i++) {
		size_t length = damage(copy, image, len, &random);
		struct cervus_start s = { .fuel = 100000, .stack_slots = 1024, .max_pages = 64 };
		struct cervus_wait w = { .timeout_ns = 200000000 };
		struct cervus_load l;

		if (load(dev, copy, length, &l)) {
			if (errno == EFBIG && !length)
				continue;
			if (errno == ENOMEM && getenv("FAULTY")) {
				without++;
				continue;
			}
			if (errno != ENOEXEC || !l.verdict.code) {
				print_verdict(&l.verdict);
				die("a refusal without a code");
			}
			refused++;
			continue;
		}
		accepted++;
		if (!ioctl(l.fd, CERVUS_START, &s)) {
			if (ioctl(l.fd, CERVUS_WAIT, &w) && errno != ETIMEDOUT)
				die("WAIT");
			ended[w.state]++;
		}
		close(l.fd);
	}
	printf("refused=%u accepted=%u done=%u trapped=%u without_memory=%u left=%u\n", refused, accepted,
	       ended[CERVUS_DONE], ended[CERVUS_TRAPPED], without, none_left(dev));
	return 0;
}

/* A request with a random struct; -1 or what ioctl() says. Never waits for long. */
static int random_request(int dev, int fd, uint64_t *random)
{
	unsigned int nr = next(random) % 14, size = next(random) % 4 ? next(random) % 256 : next(random) % 16384;
	uint64_t words[2048 + 1];
	int r;

	for (unsigned int w = 0; w < sizeof(words) / sizeof(*words); w++) {
		uint64_t v = next(random);

		words[w] = v % 4 == 0 ? 0 : v % 4 == 1 ? v >> 40 : v % 4 == 2 ? (uintptr_t)words : v;
	}
	if (nr == CERVUS_NR_WAIT) {
		if (size < 8)
			return -1;
		words[0] = 1 + next(random) % 1000000;
	}
	/* LIST's answers would go anywhere in this program. */
	if (nr == CERVUS_NR_LIST) {
		words[0] = next(random) % 2 ? (uintptr_t)words : next(random) | 1ULL << 63;
		words[1] = sizeof(struct cervus_info) | (next(random) % 8) << 32;
	}
	r = ioctl(next(random) % 2 ? dev : fd, _IOC(3, CERVUS_IOC, nr, size),
		  next(random) % 8 ? words : (void *)(uintptr_t)(next(random) | 1ULL << 63));
	if (r >= 0 && size >= 8) {
		/* A descriptor that came with the answer. */
		size_t at = nr == CERVUS_NR_LOAD ? offsetof(struct cervus_load, fd) :
			    nr == CERVUS_NR_OPEN ? offsetof(struct cervus_open, fd) : size;
		int given = -1;

		if (at + sizeof(given) <= size)
			memcpy(&given, (uint8_t *)words + at, sizeof(given));
		close(given);
	}
	return r;
}

/* Pins of any name; what has been stopped goes with them. */
static void unload_all(int dev)
{
	struct cervus_info info;
	struct cervus_list list = { .infos = (uintptr_t)&info, .info_size = sizeof(info), .capacity = 1 };

	while (!ioctl(dev, CERVUS_LIST, &list) && list.count) {
		struct cervus_unload u = { .id = info.id };

		ioctl(dev, CERVUS_UNLOAD, &u);
		list.from = info.id + 1;
	}
}

static int ioctls(char **argv)
{
	unsigned int count = atoi(argv[1]), ok = 0;
	uint64_t random = strtoull(argv[2], NULL, 0) | 1;
	int dev = device(), fd = load_or_die(dev, argv[0]);

	allow_faults();
	for (unsigned int i = 0; i < count; i++)
		ok += random_request(dev, fd, &random) >= 0;
	printf("requests=%u succeeded=%u", count, ok);
	close(fd);
	unload_all(dev);
	printf(" left=%u\n", none_left(dev));
	return 0;
}

/* What the threads of race() work on. */
static struct {
	int dev;
	int fds[4];
	uint8_t *image;
	size_t len;
	uint64_t until;
	uint64_t requests, succeeded;
} shared;

static void *racer(void *arg)
{
	uint64_t random = 0x9E3779B97F4A7C15ULL * ((uintptr_t)arg + 1), requests = 0, succeeded = 0;

	while (now_ns() < shared.until) {
		struct cervus_unload u = { .id = 1 + next(&random) % 64 };
		struct cervus_pin pin = { .name = "race0" };
		struct cervus_open o = { 0 };
		struct cervus_start s = { .stack_slots = STACK };
		struct cervus_wait w = { .timeout_ns = 1 + next(&random) % 2000000 };
		unsigned int slot = next(&random) % 4;
		int fd = __atomic_load_n(&shared.fds[slot], __ATOMIC_RELAXED), r = -1;
		struct cervus_info infos[4];
		struct cervus_list list = { .infos = (uintptr_t)infos, .info_size = sizeof(*infos), .capacity = 4 };
		struct cervus_load l;
		char log[64];

		pin.name[4] += slot;
		memcpy(o.name, pin.name, sizeof(o.name));
		switch (next(&random) % 12) {
		case 0:
			/* In the place of another, which is closed under its users' hands. */
			r = load(shared.dev, shared.image, shared.len, &l);
			if (!r)
				close(__atomic_exchange_n(&shared.fds[slot], l.fd, __ATOMIC_RELAXED));
			break;
		case 1 ... 3:
			r = ioctl(fd, CERVUS_START, &s);
			break;
		case 4:
			r = ioctl(fd, CERVUS_STOP);
			break;
		case 5:
			r = ioctl(fd, CERVUS_WAIT, &w);
			break;
		case 6:
			r = ioctl(fd, CERVUS_PIN, &pin);
			break;
		case 7:
			r = ioctl(shared.dev, CERVUS_UNPIN, &pin);
			break;
		case 8:
			r = ioctl(shared.dev, CERVUS_OPEN, &o);
			if (!r)
				close(o.fd);
			break;
		case 9:
			r = ioctl(shared.dev, CERVUS_UNLOAD, &u);
			break;
		case 10:
			r = ioctl(shared.dev, CERVUS_LIST, &list);
			break;
		default:
			/* It waits all the same if the number has come to stand for a new file meanwhile. */
			fcntl(fd, F_SETFL, O_NONBLOCK);
			r = read(fd, log, sizeof(log));
			break;
		}
		requests++;
		succeeded += r >= 0;
	}
	__atomic_fetch_add(&shared.requests, requests, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shared.succeeded, succeeded, __ATOMIC_RELAXED);
	return NULL;
}

static void nothing(int signal)
{
	(void)signal;
}

static int race(char **argv)
{
	unsigned int threads = atoi(argv[2]);
	pthread_t *ids = calloc(threads, sizeof(*ids));

	/* Without SA_RESTART. */
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	shared.dev = device();
	shared.image = slurp(argv[0], &shared.len);
	for (int i = 0; i < 4; i++)
		shared.fds[i] = load_or_die(shared.dev, argv[0]);
	shared.until = now_ns() + atoi(argv[1]) * 1000000000ULL;
	for (unsigned int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, racer, (void *)(uintptr_t)i))
			die("a thread");
	for (unsigned int i = 0; i < threads; i++) {
		struct timespec soon;

		/* A signal ends every wait, also of a read that nobody is left to end. */
		do {
			pthread_kill(ids[i], SIGUSR1);
			clock_gettime(CLOCK_REALTIME, &soon);
			soon.tv_sec++;
		} while (pthread_timedjoin_np(ids[i], NULL, &soon) == ETIMEDOUT);
	}
	for (int i = 0; i < 4; i++)
		close(shared.fds[i]);
	unload_all(shared.dev);
	printf("requests=%llu succeeded=%llu left=%u\n", (unsigned long long)shared.requests,
	       (unsigned long long)shared.succeeded, none_left(shared.dev));
	return 0;
}

/* A request that succeeds with what stands in its struct. */
struct request {
	const char *name;
	int on_program;		/* else on the device */
	unsigned int cmd;
	size_t size;
	uint8_t bytes[256];
};

static struct cervus_info listed;
static const char entry[] = "_start";

/* Every request that there is, ready to be made, in an order that works. */
static struct request *all_requests(const uint8_t *image, size_t len, size_t *count)
{
	static struct request all[11];
	struct cervus_load l = { .image = (uintptr_t)image, .image_len = len, .granted = CERVUS_GRANT_ALL };
	struct cervus_start s = { .entry = (uintptr_t)entry, .entry_len = sizeof(entry) - 1, .stack_slots = STACK,
				  .args = (uintptr_t)"x", .args_len = 2 };
	struct cervus_wait w = { .timeout_ns = 10000000000ULL };
	struct cervus_list li = { .infos = (uintptr_t)&listed, .info_size = sizeof(listed), .capacity = 1 };
	struct cervus_pin p = { .name = "stress" };
	struct cervus_open o = { .name = "stress" };
	size_t n = 0;

#define ADD(on, what, value) do { \
	all[n] = (struct request){ #what, on, what, sizeof(value), { 0 } }; \
	memcpy(all[n++].bytes, &(value), sizeof(value)); \
} while (0)
	ADD(0, CERVUS_LOAD, l);
	ADD(0, CERVUS_STATS, ((struct cervus_stats){ 0 }));
	ADD(1, CERVUS_START, s);
	ADD(1, CERVUS_INFO, ((struct cervus_info){ 0 }));
	ADD(1, CERVUS_PIN, p);
	ADD(0, CERVUS_OPEN, o);
	ADD(0, CERVUS_LIST, li);
	ADD(0, CERVUS_UNPIN, p);
	all[n++] = (struct request){ "CERVUS_STOP", 1, CERVUS_STOP, 0, { 0 } };
	ADD(1, CERVUS_WAIT, w);
#undef ADD
	*count = n;
	return all;
}

/* Makes a request with a struct of another size; what it says, with its descriptor closed. */
static int request(const struct request *q, int dev, int fd, size_t size, const uint8_t *bytes)
{
	uint8_t copy[512] = { 0 };
	unsigned int cmd = (q->cmd & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)) | (unsigned int)size << _IOC_SIZESHIFT;
	int r;

	memcpy(copy, bytes, size < sizeof(copy) ? size : sizeof(copy));
	r = ioctl(q->on_program ? fd : dev, cmd, q->size ? copy : NULL);
	if (!r && q->cmd == CERVUS_LOAD)
		close(((struct cervus_load *)copy)->fd);
	if (!r && q->cmd == CERVUS_OPEN)
		close(((struct cervus_open *)copy)->fd);
	return r;
}

static int sizes(char **argv)
{
	struct request *all;
	uint8_t *image, bytes[512];
	size_t len, count;
	int dev = device(), fd = load_or_die(dev, argv[0]), r;

	image = slurp(argv[0], &len);
	all = all_requests(image, len, &count);
	for (size_t i = 0; i < count; i++) {
		struct request *q = &all[i];

		/* Sizes below what the first version had: the rest counts as zero. No harm, whatever it says. */
		for (size_t size = 0; q->size && size < q->size; size += 4)
			if (q->cmd != CERVUS_WAIT || size >= 8)
				request(q, dev, fd, size, q->bytes);
		if (q->cmd == CERVUS_START || q->cmd == CERVUS_PIN) {
			/* A shorter struct may have done it. */
			struct cervus_wait w = { 0 };
			struct cervus_pin p = { 0 };
			struct cervus_info info;

			ioctl(fd, CERVUS_STOP);
			ioctl(fd, CERVUS_WAIT, &w);
			ioctl(fd, CERVUS_INFO, &info);
			memcpy(p.name, info.pin, sizeof(p.name));
			ioctl(dev, CERVUS_UNPIN, &p);
		}
		if (q->cmd == CERVUS_UNPIN) {
			struct cervus_pin p = { .name = "stress" };

			ioctl(fd, CERVUS_PIN, &p);
		}
		/* Longer, with garbage at the end: refused, by those who read their struct. */
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, q->bytes, q->size);
		bytes[q->size + 9] = 1;
		r = request(q, dev, fd, q->size + 16, bytes);
		if (q->size && _IOC_DIR(q->cmd) & _IOC_WRITE && (!r || errno != E2BIG)) {
			fprintf(stderr, "stress: %s with a garbage tail: %d, %s\n", q->name, r, strerror(errno));
			return 1;
		}
		/* Longer, with zeros: as ever. */
		bytes[q->size + 9] = 0;
		if (request(q, dev, fd, q->size ? q->size + 16 : 0, bytes)) {
			fprintf(stderr, "stress: %s with a tail of zeros: %s\n", q->name, strerror(errno));
			return 1;
		}
		/* To nowhere. */
		if (q->size && ioctl(q->on_program ? fd : dev, q->cmd, (void *)8) != -1) {
			fprintf(stderr, "stress: %s at address 8 succeeded\n", q->name);
			return 1;
		}
	}
	close(fd);
	printf("requests=%zu as documented left=%u\n", count, none_left(dev));
	return 0;
}

/* Lets the n-th allocation of this task fail from now on; 0: none. How many were left before. */
static int fail_nth(int n)
{
	static int fd = -1;
	char text[16] = "";
	int left;

	if (fd < 0)
		fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fd < 0)
		die("/proc/thread-self/fail-nth");
	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		die("fail-nth");
	left = atoi(text);
	snprintf(text, sizeof(text), "%d", n);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		die("fail-nth");
	return left;
}

static int failnth(char **argv)
{
	struct request *all;
	unsigned int failed = 0;
	uint8_t *image;
	size_t len, count;
	int dev = device(), fd = load_or_die(dev, argv[0]);

	image = slurp(argv[0], &len);
	all = all_requests(image, len, &count);
	for (size_t i = 0; i < count; i++) {
		int n, r, error = 0, left;

		for (n = 1;; n++) {
			fail_nth(n);
			r = request(&all[i], dev, fd, all[i].size, all[i].bytes);
			error = errno;
			/* Not used up: there were fewer allocations than that. */
			left = fail_nth(0);
			if (left)
				break;
			if (r && error != ENOMEM && error != ENOEXEC && error != EFAULT && error != ENFILE) {
				fprintf(stderr, "stress: %s, allocation %d: %s\n", all[i].name, n, strerror(error));
				return 1;
			}
			if (r) {
				failed++;
			} else if (all[i].cmd == CERVUS_START || all[i].cmd == CERVUS_PIN || all[i].cmd == CERVUS_UNPIN) {
				/* It can do without that one. */
				struct cervus_wait w = { 0 };
				struct cervus_pin p = { .name = "stress" };

				ioctl(fd, CERVUS_STOP);
				ioctl(fd, CERVUS_WAIT, &w);
				ioctl(all[i].cmd == CERVUS_UNPIN ? fd : dev,
				      all[i].cmd == CERVUS_UNPIN ? CERVUS_PIN : CERVUS_UNPIN, &p);
			}
		}
		if (r) {
			fprintf(stderr, "stress: %s fails with all its allocations: %s\n", all[i].name, strerror(error));
			return 1;
		}
		printf("%s: %d allocations\n", all[i].name, n - 1);
	}
	close(fd);
	printf("failed=%u left=%u\n", failed, none_left(dev));
	return 0;
}

static const struct command commands[] = {
	{ "many", 3, many },
	{ "kills", 2, kills },
	{ "mutate", 3, mutate },
	{ "ioctls", 3, ioctls },
	{ "race", 3, race },
	{ "sizes", 1, sizes },
	{ "failnth", 1, failnth },
};

int main(int argc, char **argv)
{
	return run_command("stress", commands, sizeof(commands) / sizeof(*commands), argc, argv);
}
