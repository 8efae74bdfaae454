// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives /dev/cervus in the test guest, one subcommand per kind of case; links against nothing but
 * libc.
 *
 *   client run IMAGE [-e ENTRY] [-f FUEL] [-v VALUE]... [-- ARG...]   load, start, wait; print end and log
 *   client load IMAGE                        load only; print the verdict
 *   client stop IMAGE MS                     stop a run after MS; print how long it took to end
 *   client close IMAGE                       close a running program's file
 *   client pin IMAGE NAME                    start a run, pin it, close its file
 *   client pinned NAME                       what a pinned program is about
 *   client unpin NAME
 *   client unload NAME                       by its number
 *   client pins IMAGE                        what must not work with pins
 *   client fault IMAGE PLACE                 have the module fail, see ../test.c, and look at what is left
 *   client kept IMAGE                        run; what a read could not give must be there for the next
 *   client charged IMAGE                     run what is charged much for nothing; what a section may cost then
 *   client refused                           open the device, expecting EPERM
 *   client passed IMAGE                      use files that were passed on without privileges
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "client.h"

static const char *const states[] = { "ready", "running", "sleeping", "done", "trapped", "stopped" };

static void print_log(int fd)
{
	struct cervus_record head;
	char text[65536];

	while (read(fd, &head, sizeof(head)) == sizeof(head)) {
		if (head.len > sizeof(text) || (head.len && read(fd, text, head.len) != (ssize_t)head.len))
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
	printf("was %s slices=%llu cpu_ns=%llu slice_fuel=%llu stopped_after_us=%llu ran_on_us=%llu\n",
	       states[info.state], (unsigned long long)info.slices, (unsigned long long)info.cpu_ns,
	       (unsigned long long)info.slice_fuel, (unsigned long long)(now_ns() - began) / 1000,
	       (unsigned long long)w.stop_ns / 1000);
	print_end(&w);
	if (ioctl(fd, CERVUS_START, &s) || ioctl(fd, CERVUS_STOP) || ioctl(fd, CERVUS_WAIT, &w))
		die("START after STOP");
	if (w.state != CERVUS_STOPPED)
		die("a second STOP");
	return 0;
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
	printf(" programs=%u\n", none_left(dev));
	return 0;
}

/* Names of the full length have no end. */
static void set_name(char *to, const char *name)
{
	size_t len = strlen(name);

	memcpy(to, name, len < CERVUS_NAME_LEN ? len : CERVUS_NAME_LEN);
}

static int open_pinned(int dev, const char *name, struct cervus_open *o)
{
	memset(o, 0, sizeof(*o));
	set_name(o->name, name);
	return ioctl(dev, CERVUS_OPEN, o) ? -1 : o->fd;
}

static int pin_program(int fd, const char *name)
{
	struct cervus_pin pin = { 0 };

	set_name(pin.name, name);
	return ioctl(fd, CERVUS_PIN, &pin);
}

static int unpin_program(int dev, const char *name)
{
	struct cervus_pin pin = { 0 };

	set_name(pin.name, name);
	return ioctl(dev, CERVUS_UNPIN, &pin);
}

static int pin(char **argv)
{
	struct cervus_start s = { 0 };
	int fd = load_or_die(device(), argv[0]);

	if (ioctl(fd, CERVUS_START, &s))
		die("START");
	if (pin_program(fd, argv[1]))
		die("PIN");
	printf("pinned\n");
	return 0;
}

static int pinned(char **argv)
{
	struct cervus_info info, listed;
	struct cervus_list list = { .infos = (uintptr_t)&listed, .info_size = sizeof(listed), .capacity = 1 };
	struct cervus_open o;
	int dev = device();
	uint64_t before;

	if (open_pinned(dev, argv[0], &o) < 0)
		die("OPEN");
	if (ioctl(o.fd, CERVUS_INFO, &info))
		die("INFO");
	before = info.slices;
	usleep(300000);
	list.from = o.id;
	if (ioctl(o.fd, CERVUS_INFO, &info) || ioctl(dev, CERVUS_LIST, &list))
		die("INFO and LIST");
	printf("%s name=%s pin=%s files=%u flags=%x goes_on=%d listed=%d\n", states[info.state], info.name, info.pin,
	       info.files, info.flags, info.slices > before, list.count == 1 && !strcmp(listed.pin, argv[0]));
	return 0;
}

static int unpin(char **argv)
{
	int dev = device();

	if (unpin_program(dev, argv[0]))
		die("UNPIN");
	printf("left=%u\n", none_left(dev));
	return 0;
}

static int unload(char **argv)
{
	struct cervus_unload u = { 0 };
	struct cervus_start s = { 0 };
	struct cervus_wait w = { 0 };
	struct cervus_info info;
	struct cervus_open o;
	int dev = device();

	if (open_pinned(dev, argv[0], &o) < 0)
		die("OPEN");
	u.id = o.id;
	if (ioctl(dev, CERVUS_UNLOAD, &u) || ioctl(o.fd, CERVUS_WAIT, &w) || ioctl(o.fd, CERVUS_INFO, &info))
		die("UNLOAD, WAIT, INFO");
	if (!ioctl(o.fd, CERVUS_START, &s) || errno != ECANCELED)
		die("START after UNLOAD");
	printf("%s flags=%x pin='%s'", states[w.state], info.flags, info.pin);
	close(o.fd);
	printf(" left=%u\n", none_left(dev));
	return 0;
}

#define MUST_FAIL(call, error) do { \
	if (!(call) || errno != (error)) \
		die("expected " #error " of " #call); \
} while (0)

static int pins(char **argv)
{
	int dev = device(), fd = load_or_die(dev, argv[0]), other = load_or_die(dev, argv[0]);
	struct cervus_unload u = { .id = 0x7fffffff };
	struct cervus_open o = { .id = 0x7fffffff };
	char full[CERVUS_NAME_LEN + 1];

	memset(full, 'x', sizeof(full));
	MUST_FAIL(pin_program(fd, ""), EINVAL);
	MUST_FAIL(pin_program(fd, "7up"), EINVAL);
	MUST_FAIL(pin_program(fd, "a/b"), EINVAL);
	MUST_FAIL(pin_program(fd, "a\nb"), EINVAL);
	MUST_FAIL(pin_program(fd, full), EINVAL);
	MUST_FAIL(unpin_program(dev, "nobody"), ENOENT);
	MUST_FAIL(ioctl(dev, CERVUS_UNLOAD, &u), ENOENT);
	MUST_FAIL(ioctl(dev, CERVUS_OPEN, &o), ENOENT);
	if (pin_program(fd, "one"))
		die("PIN");
	MUST_FAIL(pin_program(fd, "two"), EEXIST);
	MUST_FAIL(pin_program(other, "one"), EEXIST);
	if (unpin_program(dev, "one") || pin_program(other, "one") || unpin_program(dev, "one"))
		die("a name that is free again");
	printf("as documented, programs=%u", count_programs(dev));
	close(fd);
	close(other);
	printf(" left=%u\n", none_left(dev));
	return 0;
}

/* Whoever has no privileges in the first user namespace; a container's root has others. */
static int refused(char **argv)
{
	(void)argv;
	if (!fork()) {
		if (unshare(CLONE_NEWUSER) && errno != EINVAL && errno != ENOSPC)
			die("unshare");
		if (open("/dev/cervus", O_RDWR) >= 0 || (errno != EACCES && errno != EPERM))
			die("an open by root of a user namespace");
		return 0;
	}
	int status;

	if (wait(&status) < 0 || status)
		return 1;
	if (setgid(65534) || setuid(65534))
		die("setuid");
	if (open("/dev/cervus", O_RDWR) >= 0 || (errno != EACCES && errno != EPERM))
		die("an unprivileged open");
	printf("refused\n");
	return 0;
}

static int passed(char **argv)
{
	struct cervus_list list = { .capacity = 0, .info_size = sizeof(struct cervus_info) };
	int dev = device(), fd = load_or_die(dev, argv[0]);
	struct cervus_start s = { 0 };
	struct cervus_wait w = { 0 };
	struct cervus_stats stats;
	struct cervus_info info;
	struct cervus_load l;
	struct cervus_open o;
	uint8_t *image;
	size_t len;

	image = slurp(argv[0], &len);
	if (setgid(65534) || setuid(65534))
		die("setuid");
	MUST_FAIL(load(dev, image, len, &l), EPERM);
	MUST_FAIL(ioctl(dev, CERVUS_LIST, &list), EPERM);
	MUST_FAIL(open_pinned(dev, "x", &o) < 0, EPERM);
	MUST_FAIL(unpin_program(dev, "x"), EPERM);
	MUST_FAIL(pin_program(fd, "x"), EPERM);
	if (ioctl(dev, CERVUS_STATS, &stats) || ioctl(fd, CERVUS_START, &s) || ioctl(fd, CERVUS_INFO, &info) ||
	    ioctl(fd, CERVUS_STOP) || ioctl(fd, CERVUS_WAIT, &w))
		die("what a passed file is good for");
	printf("as documented, loaded by uid %u\n", info.uid);
	return 0;
}

static int kept(char **argv)
{
	int fd = load_or_die(device(), argv[0]);
	struct cervus_start s = { 0 };
	struct cervus_wait w = { 0 };
	struct cervus_record head;
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (nowhere == MAP_FAILED || ioctl(fd, CERVUS_START, &s) || ioctl(fd, CERVUS_WAIT, &w))
		die("START and WAIT");
	MUST_FAIL(read(fd, nowhere, 4096) < 0, EFAULT);
	if (read(fd, &head, sizeof(head)) != sizeof(head) || head.level != 6 || head.len > 100)
		die("the head of the first record");
	printf("as documented\n");
	return 0;
}

static int charged(char **argv)
{
	int dev = device(), fd = load_or_die(dev, argv[0]);
	struct cervus_start s = { 0 };
	struct cervus_stats stats;
	struct cervus_info info;

	if (ioctl(dev, CERVUS_STATS, &stats) || ioctl(fd, CERVUS_START, &s))
		die("STATS and START");
	usleep(300000);
	if (ioctl(fd, CERVUS_INFO, &info))
		die("INFO");
	printf("per_ns=%llu", (unsigned long long)(info.slice_fuel / stats.slice_ns));
	close(fd);
	printf(" left=%u\n", none_left(dev));
	return 0;
}

static int wait_for(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int fault(char **argv)
{
	static const char parameter[] = "/sys/module/cervus/parameters/fault";
	int dev = device(), other = load_or_die(dev, argv[0]), victim = load_or_die(dev, argv[0]), fd;
	int lives = !strcmp(argv[1], "code");
	struct cervus_start s = { 0 };
	struct cervus_wait w = { 0 };
	struct cervus_stats stats;
	struct cervus_info info;
	pid_t waiting, failing;

	if (ioctl(other, CERVUS_START, &s))
		die("START");
	waiting = fork();
	if (!waiting)
		_exit(ioctl(other, CERVUS_WAIT, &w) ? errno : 0);
	usleep(200000);
	fd = open(parameter, O_WRONLY);
	if (fd < 0 || write(fd, argv[1], strlen(argv[1])) < 0)
		die(parameter);
	close(fd);
	failing = fork();
	if (!failing) {
		if (!strcmp(argv[1], "ioctl") || lives)
			ioctl(victim, CERVUS_INFO, &info);
		_exit(0);
	}
	/* Whoever runs fails: the guest that spins, on a worker. */
	if (!strcmp(argv[1], "ioctl") || lives) {
		if (wait_for(failing) != -1)
			die("the task that fails goes on");
	} else if (wait_for(failing)) {
		die("a task that has done nothing");
	}
	usleep(500000);
	if (lives) {
		if (ioctl(other, CERVUS_INFO, &info) || info.state != CERVUS_RUNNING || ioctl(other, CERVUS_STOP) ||
		    wait_for(waiting))
			die("what goes on");
	} else {
		if (wait_for(waiting) != ENODEV)
			die("who waits");
		MUST_FAIL(ioctl(dev, CERVUS_STATS, &stats), ENODEV);
		MUST_FAIL(ioctl(other, CERVUS_INFO, &info), ENODEV);
		MUST_FAIL(ioctl(victim, CERVUS_START, &s), ENODEV);
		MUST_FAIL(open("/dev/cervus", O_RDWR) < 0, ENODEV);
		MUST_FAIL(read(other, &w, sizeof(w)) < 0, ENODEV);
	}
	close(other);
	close(victim);
	close(dev);
	printf("as documented\n");
	return 0;
}

static const struct command commands[] = {
	{ "run", 1, run },
	{ "load", 1, only_load },
	{ "stop", 2, stop },
	{ "close", 1, close_running },
	{ "pin", 2, pin },
	{ "pinned", 1, pinned },
	{ "unpin", 1, unpin },
	{ "unload", 1, unload },
	{ "pins", 1, pins },
	{ "passed", 1, passed },
	{ "fault", 2, fault },
	{ "kept", 1, kept },
	{ "charged", 1, charged },
	{ "refused", 0, refused },
};

int main(int argc, char **argv)
{
	return run_command("client", commands, sizeof(commands) / sizeof(*commands), argc, argv);
}
