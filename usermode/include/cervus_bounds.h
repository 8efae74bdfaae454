/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounds that a guest in C gives to the verifier of Cervus.
 *
 * CERVUS_REQUIRE(n <= 4096) before a loop lets the verifier prove a bound: past it the condition holds, or the
 * program has trapped.
 *
 * cervus_loop_bound(n) in the body of a loop claims that the loop goes round at most n times for each time that it
 * is entered. Nothing is proved: the claim becomes part of the run's fuel, and a false one ends the program. It is
 * for loops whose end the verifier cannot see, such as the walk of a list. Keep the compiler from unrolling a loop
 * with a claim whole: its calls would then count for the loop around it.
 */
#ifndef CERVUS_BOUNDS_H
#define CERVUS_BOUNDS_H

#include <stdint.h>

#define CERVUS_REQUIRE(condition)                                                                                      \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			__builtin_trap();                                                                              \
	} while (0)

/* The verifier knows the calls by this export. The assembler statement keeps the compiler from leaving them out. */
__attribute__((weak, noinline, used, export_name("cervus_loop_bound"))) void cervus_loop_bound(uint64_t rounds)
{
	__asm__ volatile("" : : "r"(rounds) : "memory");
}

#endif /* CERVUS_BOUNDS_H */
