// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the bound comes from: a mask, a clamp, a test before the loop, constant data, a struct, a callee.
 *
 * entry: masked(n: any)
 * entry: clamped(n: any)
 * entry: clamped_signed(n: any)
 * entry: clamped_both(n: any)
 * entry: tested(n: any)
 * entry: remainder(n: any)
 * entry: narrowed(n: any)
 * entry: half_narrowed(n: any)
 * entry: shifted_bound(n: any)
 * entry: from_table(k: 0..=7)
 * entry: from_table_masked(k: any)
 * entry: from_struct(n: 0..=500)
 * entry: by_pointer(n: 0..=500)
 * entry: through_callee(n: 0..=500)
 * entry: sum_of_two(a: 0..=300, b: 0..=400)
 * entry: difference(a: 0..=300, b: 300..=700)
 * entry: product(a: 0..=30, b: 0..=40)
 * entry: copied(n: 0..=500)
 * entry: reloaded(n: 0..=500)
 * entry: selected(n: 0..=500, k: any)
 * entry: switched(k: any)
 * entry: minimum(a: 0..=900, b: 0..=300)
 * entry: aligned(n: 0..=1000)
 * entry: bit_length(n: any)
 */
#include "../corpus.h"

static volatile uint32_t sink;
static const uint8_t lengths[8] = { 3, 17, 40, 5, 200, 1, 90, 64 };

struct job {
	uint32_t pad;
	uint32_t len;
};

static uint32_t spin(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		sink += i;
	return sink;
}

static NOINLINE uint32_t spin_apart(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		sink ^= i;
	return sink;
}

ENTRY(masked) uint32_t masked(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < (n & 0x3ff); i++)
		sink += i;
	return sink;
}

ENTRY(clamped) uint32_t clamped(uint32_t n)
{
	if (n > 800)
		n = 800;
	return spin(n);
}

ENTRY(clamped_signed) uint32_t clamped_signed(int32_t n)
{
	int32_t i;

	if (n > 800)
		n = 800;
	for (i = 0; i < n; i++)
		sink += i;
	return sink;
}

ENTRY(clamped_both) uint32_t clamped_both(int32_t n)
{
	int32_t i;

	n = n < -100 ? -100 : n > 100 ? 100 : n;
	for (i = -100; i < n; i++)
		sink += i;
	return sink;
}

ENTRY(tested) uint32_t tested(uint32_t n)
{
	if (n >= 1000)
		return 0;
	return spin(n);
}

ENTRY(remainder) uint32_t remainder(uint32_t n)
{
	return spin(n % 777);
}

ENTRY(narrowed) uint32_t narrowed(uint32_t n)
{
	return spin((uint8_t)n);
}

ENTRY(half_narrowed) uint32_t half_narrowed(int32_t n)
{
	int16_t m = (int16_t)n;
	int32_t i;

	for (i = 0; i < m; i += 16)
		sink += i;
	return sink;
}

ENTRY(shifted_bound) uint32_t shifted_bound(uint32_t n)
{
	return spin(n >> 22);
}

ENTRY(from_table) uint32_t from_table(uint32_t k)
{
	return spin(lengths[k]);
}

ENTRY(from_table_masked) uint32_t from_table_masked(uint32_t k)
{
	return spin(lengths[k & 7]);
}

ENTRY(from_struct) uint32_t from_struct(uint32_t n)
{
	struct job job;
	uint32_t i;

	job.pad = 1;
	job.len = n;
	for (i = 0; i < job.len; i++)
		sink += i + job.pad;
	return sink;
}

static NOINLINE uint32_t run_job(const struct job *job)
{
	uint32_t i;
	uint32_t len = job->len;

	if (len > 600)
		len = 600;
	for (i = 0; i < len; i++)
		sink += i;
	return sink;
}

ENTRY(by_pointer) uint32_t by_pointer(uint32_t n)
{
	struct job job;

	job.pad = 0;
	job.len = n;
	return run_job(&job);
}

ENTRY(through_callee) uint32_t through_callee(uint32_t n)
{
	return spin_apart(n) + spin_apart(n / 2);
}

ENTRY(sum_of_two) uint32_t sum_of_two(uint32_t a, uint32_t b)
{
	return spin(a + b);
}

ENTRY(difference) uint32_t difference(uint32_t a, uint32_t b)
{
	return spin(b - a);
}

ENTRY(product) uint32_t product(uint32_t a, uint32_t b)
{
	return spin(a * b);
}

ENTRY(copied) uint32_t copied(uint32_t n)
{
	uint32_t left = n;
	uint32_t i;

	for (i = 0; left; i++) {
		left--;
		sink += i ^ n;
	}
	return sink;
}

ENTRY(reloaded) uint32_t reloaded(uint32_t n)
{
	volatile uint32_t limit = n;
	uint32_t i;

	/* What a volatile holds cannot be seen, the second test can. */
	for (i = 0; i < limit; i++) {
		if (i >= 500)
			break;
		sink += i;
	}
	return sink;
}

ENTRY(selected) uint32_t selected(uint32_t n, uint32_t k)
{
	return spin(k & 1 ? n : 250);
}

ENTRY(switched) uint32_t switched(uint32_t k)
{
	uint32_t n;

	switch (k & 3) {
	case 0:
		n = 10;
		break;
	case 1:
		n = 100;
		break;
	case 2:
		n = 350;
		break;
	default:
		n = 60;
	}
	return spin(n);
}

ENTRY(minimum) uint32_t minimum(uint32_t a, uint32_t b)
{
	return spin(a < b ? a : b);
}

ENTRY(aligned) uint32_t aligned(uint32_t n)
{
	uint32_t i;
	uint32_t end = (n + 15) & ~15u;

	for (i = 0; i != end; i += 16)
		sink += i;
	return sink;
}

ENTRY(bit_length) uint32_t bit_length(uint32_t n)
{
	uint32_t bits = n ? 32 - __builtin_clz(n) : 0;

	return spin(bits);
}
