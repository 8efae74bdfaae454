/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One source for three machines: clang compiles it to eBPF, to wasm and to native code.
 *
 * A program defines work(), a pure function that loops a fixed number of times; the eBPF verifier
 * follows every turn of such a loop, so it must be in the thousands. The kernel repeats the eBPF
 * program by itself; for the others run() does.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

static u32 work(void);

#ifdef __bpf__
__attribute__((section("prog"), used)) u32 run(void *context)
{
	return work();
}
#else
#ifdef __wasm__
__attribute__((export_name("run")))
#endif
u32 run(u32 times)
{
	u32 sum = 0;

	while (times--) {
		sum = work();
		/* Not to be hoisted out of the loop. */
		__asm__ volatile("" : : : "memory");
	}
	return sum;
}
#endif
