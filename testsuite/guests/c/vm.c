// SPDX-License-Identifier: GPL-2.0-only
/*
 * `run(n)`: an interpreter in the interpreter. A stack machine of 18 ops runs a program that counts the Collatz steps
 * of the numbers below n and remembers the longest chain. Its `switch` in a loop is a br_table per op, its three
 * built-in functions are calls through a table.
 */
#include <stdint.h>

enum op {
	PUSH, /* operand: value */
	LOAD, /* operand: variable */
	STORE, /* operand: variable */
	ADD,
	SUB,
	MUL,
	AND,
	XOR,
	SHL,
	SHR,
	LESS,
	EQUAL,
	DUP,
	SWAP,
	JUMP, /* operand: target */
	JUMP_IF_ZERO, /* operand: target */
	CALL, /* operand: index into `builtins` */
	HALT,
};

struct insn {
	uint8_t op;
	int32_t operand;
};

enum { LIMIT, NUMBER, VALUE, STEPS, LONGEST, BEST, TOTAL, VARIABLES };

#define STACK_SLOTS 64

static int64_t mix(int64_t a, int64_t b)
{
	return (int64_t)(((uint64_t)a ^ (uint64_t)b) * 0x9e3779b97f4a7c15u);
}

static int64_t largest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t rotate(int64_t a, int64_t b)
{
	uint32_t by = (uint32_t)b & 63;

	return (int64_t)((uint64_t)a << by | (uint64_t)a >> ((64 - by) & 63));
}

static int64_t (*const builtins[])(int64_t, int64_t) = { mix, largest, rotate };

static const struct insn program[] = {
	/*  0 */ { PUSH, 1 }, { STORE, NUMBER },
	/*  2 next number */ { LOAD, NUMBER }, { LOAD, LIMIT }, { LESS, 0 }, { JUMP_IF_ZERO, 56 },
	/*  6 */ { LOAD, NUMBER }, { STORE, VALUE }, { PUSH, 0 }, { STORE, STEPS },
	/* 10 next step */ { LOAD, VALUE }, { PUSH, 1 }, { EQUAL, 0 }, { JUMP_IF_ZERO, 15 }, { JUMP, 33 },
	/* 15 */ { LOAD, STEPS }, { PUSH, 1 }, { ADD, 0 }, { STORE, STEPS },
	/* 19 */ { LOAD, VALUE }, { DUP, 0 }, { PUSH, 1 }, { AND, 0 }, { JUMP_IF_ZERO, 29 },
	/* 24 odd */ { PUSH, 3 }, { MUL, 0 }, { PUSH, 1 }, { ADD, 0 }, { JUMP, 31 },
	/* 29 even */ { PUSH, 1 }, { SHR, 0 },
	/* 31 */ { STORE, VALUE }, { JUMP, 10 },
	/* 33 chain done */ { LOAD, TOTAL }, { LOAD, STEPS }, { PUSH, 7 }, { SHL, 0 }, { LOAD, NUMBER }, { XOR, 0 },
	/* 39 */ { CALL, 0 }, { STORE, TOTAL },
	/* 41 */ { LOAD, LONGEST }, { LOAD, STEPS }, { LESS, 0 }, { JUMP_IF_ZERO, 51 },
	/* 45 longer */ { LOAD, NUMBER }, { STORE, BEST }, { LOAD, LONGEST }, { LOAD, STEPS }, { CALL, 1 },
	/* 50 */ { STORE, LONGEST },
	/* 51 */ { LOAD, NUMBER }, { PUSH, 1 }, { ADD, 0 }, { STORE, NUMBER }, { JUMP, 2 },
	/* 56 end */ { LOAD, TOTAL }, { LOAD, BEST }, { CALL, 2 }, { LOAD, LONGEST }, { SWAP, 0 }, { SUB, 0 }, { HALT, 0 },
};

static int64_t interpret(int64_t limit)
{
	int64_t variables[VARIABLES];
	int64_t stack[STACK_SLOTS];
	int64_t *top = stack; /* the first free slot */
	const struct insn *at = program;

	for (int i = 0; i < VARIABLES; i++)
		variables[i] = 0;
	variables[LIMIT] = limit;

	for (;;) {
		const struct insn *insn = at++;
		uint64_t right;

		switch ((enum op)insn->op) {
		case PUSH:
			*top++ = insn->operand;
			break;
		case LOAD:
			*top++ = variables[insn->operand];
			break;
		case STORE:
			variables[insn->operand] = *--top;
			break;
		case ADD:
			right = (uint64_t)*--top;
			top[-1] = (int64_t)((uint64_t)top[-1] + right);
			break;
		case SUB:
			right = (uint64_t)*--top;
			top[-1] = (int64_t)((uint64_t)top[-1] - right);
			break;
		case MUL:
			right = (uint64_t)*--top;
			top[-1] = (int64_t)((uint64_t)top[-1] * right);
			break;
		case AND:
			right = (uint64_t)*--top;
			top[-1] = (int64_t)((uint64_t)top[-1] & right);
			break;
		case XOR:
			right = (uint64_t)*--top;
			top[-1] = (int64_t)((uint64_t)top[-1] ^ right);
			break;
		case SHL:
			right = (uint64_t)*--top;
			top[-1] = (int64_t)((uint64_t)top[-1] << (right & 63));
			break;
		case SHR:
			right = (uint64_t)*--top;
			top[-1] = (int64_t)((uint64_t)top[-1] >> (right & 63));
			break;
		case LESS:
			top--;
			top[-1] = top[-1] < top[0];
			break;
		case EQUAL:
			top--;
			top[-1] = top[-1] == top[0];
			break;
		case DUP:
			*top = top[-1];
			top++;
			break;
		case SWAP:
			right = (uint64_t)top[-1];
			top[-1] = top[-2];
			top[-2] = (int64_t)right;
			break;
		case JUMP:
			at = program + insn->operand;
			break;
		case JUMP_IF_ZERO:
			if (*--top == 0)
				at = program + insn->operand;
			break;
		case CALL:
			top--;
			top[-1] = builtins[insn->operand](top[-1], top[0]);
			break;
		case HALT:
			return top[-1];
		}
	}
}

__attribute__((visibility("default"))) int64_t run(int32_t n)
{
	return interpret(n > 1 ? n : 1);
}
