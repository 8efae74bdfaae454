// SPDX-License-Identifier: GPL-2.0-only
/*
 * Graphs, numbers of many words, games and searches in fixed arrays: Floyd-Warshall, Bellman-Ford, Dijkstra, Prim,
 * breadth and depth first, topological order, union-find, knapsack, coins, addition, product and division of bignums,
 * factorial, sieve, Fibonacci, Pascal, Game of Life, queens, permutations, Gray codes, generators, LRU.
 *
 * entry: floyd_warshall(n: 0..=16, seed: any)
 * entry: bellman_ford(n: 1..=16, seed: any)
 * entry: dijkstra(n: 1..=16, seed: any)
 * entry: prim(n: 1..=16, seed: any)
 * entry: breadth_first(n: 1..=16, seed: any)
 * entry: depth_first(n: 1..=16, seed: any)
 * entry: topological(n: 1..=16, seed: any)
 * entry: union_find(n: 1..=64, edges: 0..=100, seed: any)
 * entry: knapsack(items: 0..=20, capacity: 0..=200, seed: any)
 * entry: coins(amount: 0..=500)
 * entry: big_add(n: 0..=64, seed: any)
 * entry: big_multiply(n: 0..=32, m: 0..=32, seed: any)
 * entry: big_divide(n: 1..=64, by: 1..=65535, seed: any)
 * entry: big_factorial(n: 0..=100)
 * entry: sieve(n: 2..=1000)
 * entry: fibonacci(n: 0..=200)
 * entry: pascal(n: 0..=40)
 * entry: life(generations: 0..=10, seed: any)
 * entry: queens(n: 1..=6)
 * entry: next_permutation(n: 1..=6)
 * entry: linear_generator(n: 0..=1000, seed: any)
 * entry: mersenne(seed: any)
 * entry: hash_table(n: 0..=100, seed: any)
 * entry: lru(n: 0..=200, seed: any)
 */
#include "../corpus.h"

#define MOST 16
#define FAR 100000

static uint8_t edges[MOST][MOST];
static uint32_t dist[MOST][MOST];
static uint32_t best[MOST];
static uint8_t done[MOST];

ENTRY(floyd_warshall) uint32_t floyd_warshall(uint32_t n, uint32_t seed)
{
	uint32_t i, j, k;

	corpus_fill(edges, sizeof(edges), seed);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			dist[i][j] = i == j ? 0 : edges[i][j];
	for (k = 0; k < n; k++)
		for (i = 0; i < n; i++)
			for (j = 0; j < n; j++)
				if (dist[i][k] + dist[k][j] < dist[i][j])
					dist[i][j] = dist[i][k] + dist[k][j];
	return dist[0][n ? n - 1 : 0];
}

ENTRY(bellman_ford) uint32_t bellman_ford(uint32_t n, uint32_t seed)
{
	uint32_t round, i, j;

	corpus_fill(edges, sizeof(edges), seed);
	for (i = 0; i < n; i++)
		best[i] = i ? FAR : 0;
	for (round = 1; round < n; round++) {
		int changed = 0;

		for (i = 0; i < n; i++)
			for (j = 0; j < n; j++)
				if (best[i] + edges[i][j] < best[j]) {
					best[j] = best[i] + edges[i][j];
					changed = 1;
				}
		if (!changed)
			break;
	}
	return best[n - 1];
}

ENTRY(dijkstra) uint32_t dijkstra(uint32_t n, uint32_t seed)
{
	uint32_t i, round;

	corpus_fill(edges, sizeof(edges), seed);
	for (i = 0; i < n; i++) {
		best[i] = i ? FAR : 0;
		done[i] = 0;
	}
	for (round = 0; round < n; round++) {
		uint32_t at = n;

		for (i = 0; i < n; i++)
			if (!done[i] && (at == n || best[i] < best[at]))
				at = i;
		if (at == n)
			break;
		done[at] = 1;
		for (i = 0; i < n; i++)
			if (best[at] + edges[at][i] < best[i])
				best[i] = best[at] + edges[at][i];
	}
	return best[n - 1];
}

ENTRY(prim) uint32_t prim(uint32_t n, uint32_t seed)
{
	uint32_t i, left = n, sum = 0;

	corpus_fill(edges, sizeof(edges), seed);
	for (i = 0; i < n; i++) {
		best[i] = i ? FAR : 0;
		done[i] = 0;
	}
	while (left) {
		uint32_t at = 0;

		while (done[at])
			at++;
		for (i = at + 1; i < n; i++)
			if (!done[i] && best[i] < best[at])
				at = i;
		done[at] = 1;
		sum += best[at];
		left--;
		for (i = 0; i < n; i++)
			if (!done[i] && edges[at][i] < best[i])
				best[i] = edges[at][i];
	}
	return sum;
}

ENTRY(breadth_first) uint32_t breadth_first(uint32_t n, uint32_t seed)
{
	uint32_t queue[MOST];
	uint32_t head = 0, tail = 0, i;

	corpus_fill(edges, sizeof(edges), seed);
	for (i = 0; i < n; i++)
		best[i] = FAR;
	best[0] = 0;
	queue[tail++] = 0;
	while (head < tail) {
		uint32_t at = queue[head++];

		for (i = 0; i < n; i++)
			if (edges[at][i] > 180 && best[i] == FAR) {
				best[i] = best[at] + 1;
				queue[tail++] = i;
			}
	}
	return tail;
}

ENTRY(depth_first) uint32_t depth_first(uint32_t n, uint32_t seed)
{
	uint8_t stack[MOST], next[MOST];
	uint32_t top = 0, seen = 1, i;

	corpus_fill(edges, sizeof(edges), seed);
	for (i = 0; i < n; i++)
		done[i] = 0;
	done[0] = 1;
	stack[0] = 0;
	next[0] = 0;
	for (;;) {
		uint32_t at = stack[top];

		while (next[top] < n && (done[next[top]] || edges[at][next[top]] < 150))
			next[top]++;
		if (next[top] < n) {
			uint32_t to = next[top]++;

			done[to] = 1;
			seen++;
			stack[++top] = to;
			next[top] = 0;
		} else if (top-- == 0) {
			return seen;
		}
	}
}

ENTRY(topological) uint32_t topological(uint32_t n, uint32_t seed)
{
	uint8_t incoming[MOST] = { 0 };
	uint32_t order = 0, placed = 0, i, j;

	corpus_fill(edges, sizeof(edges), seed);
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			incoming[j] += edges[i][j] & 1;
	while (placed < n) {
		for (i = 0; i < n && incoming[i]; i++)
			;
		if (i == n)
			break;
		incoming[i] = 255;
		order = order * 17 + i;
		placed++;
		for (j = i + 1; j < n; j++)
			incoming[j] -= edges[i][j] & 1;
	}
	return order;
}

ENTRY(union_find) uint32_t union_find(uint32_t n, uint32_t count, uint32_t seed)
{
	uint8_t parent[64];
	uint32_t sets = n, i;

	for (i = 0; i < n; i++)
		parent[i] = i;
	for (i = 0; i < count; i++) {
		uint32_t a = corpus_next(&seed) % n, b = corpus_next(&seed) % n;

		while (parent[a] != a) {
			parent[a] = parent[parent[a]];
			a = parent[a];
		}
		while (parent[b] != b)
			b = parent[b];
		if (a != b) {
			parent[b] = a;
			sets--;
		}
	}
	return sets;
}

ENTRY(knapsack) uint32_t knapsack(uint32_t items, uint32_t capacity, uint32_t seed)
{
	static uint32_t value[201];
	uint32_t i, room;

	for (room = 0; room <= capacity; room++)
		value[room] = 0;
	for (i = 0; i < items; i++) {
		uint32_t weight = corpus_next(&seed) % 30 + 1, worth = corpus_next(&seed) % 100;

		for (room = capacity; room >= weight; room--)
			if (value[room - weight] + worth > value[room])
				value[room] = value[room - weight] + worth;
	}
	return value[capacity];
}

ENTRY(coins) uint32_t coins(uint32_t amount)
{
	static const uint8_t sizes[] = { 1, 2, 5, 10, 20, 50 };
	static uint32_t ways[501];
	uint32_t i, sum;

	ways[0] = 1;
	for (sum = 1; sum <= amount; sum++)
		ways[sum] = 0;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (sum = sizes[i]; sum <= amount; sum++)
			ways[sum] += ways[sum - sizes[i]];
	return ways[amount];
}

static uint32_t x[64], y[64], z[64];

ENTRY(big_add) uint32_t big_add(uint32_t n, uint32_t seed)
{
	uint64_t carry = 0;
	uint32_t i;

	corpus_fill(x, sizeof(x), seed);
	corpus_fill(y, sizeof(y), ~seed);
	for (i = 0; i < n; i++) {
		carry += (uint64_t)x[i] + y[i];
		z[i] = carry;
		carry >>= 32;
	}
	return carry;
}

ENTRY(big_multiply) uint32_t big_multiply(uint32_t n, uint32_t m, uint32_t seed)
{
	uint32_t i, j;

	corpus_fill(x, sizeof(x), seed);
	corpus_fill(y, sizeof(y), ~seed);
	for (i = 0; i < n + m; i++)
		z[i] = 0;
	for (i = 0; i < n; i++) {
		uint64_t carry = 0;

		for (j = 0; j < m; j++) {
			carry += (uint64_t)x[i] * y[j] + z[i + j];
			z[i + j] = carry;
			carry >>= 32;
		}
		z[i + m] = carry;
	}
	return z[n];
}

ENTRY(big_divide) uint32_t big_divide(uint32_t n, uint32_t by, uint32_t seed)
{
	uint64_t rest = 0;

	corpus_fill(x, sizeof(x), seed);
	while (n-- != 0) {
		rest = rest << 32 | x[n];
		z[n] = rest / by;
		rest %= by;
	}
	return rest;
}

ENTRY(big_factorial) uint32_t big_factorial(uint32_t n)
{
	uint32_t len = 1, i, k;

	x[0] = 1;
	for (k = 2; k <= n; k++) {
		uint64_t carry = 0;

		for (i = 0; i < len; i++) {
			carry += (uint64_t)x[i] * k;
			x[i] = carry;
			carry >>= 32;
		}
		if (carry && len < 64)
			x[len++] = carry;
	}
	return x[len - 1];
}

ENTRY(sieve) uint32_t sieve(uint32_t n)
{
	static uint8_t composite[1001];
	uint32_t i, j, primes = 0;

	for (i = 2; i <= n; i++)
		composite[i] = 0;
	for (i = 2; i * i <= n; i++)
		if (!composite[i])
			for (j = i * i; j <= n; j += i)
				composite[j] = 1;
	for (i = 2; i <= n; i++)
		primes += !composite[i];
	return primes;
}

ENTRY(fibonacci) uint64_t fibonacci(uint32_t n)
{
	uint64_t a = 0, b = 1;

	while (n-- > 0) {
		uint64_t next = a + b;

		a = b;
		b = next;
	}
	return a;
}

ENTRY(pascal) uint64_t pascal(uint32_t n)
{
	uint64_t row[41];
	uint32_t i, j;

	for (i = 0; i <= n; i++) {
		row[i] = 1;
		for (j = i; j > 1; j--)
			row[j - 1] += row[j - 2];
	}
	return row[n / 2];
}

ENTRY(life) uint32_t life(uint32_t generations, uint32_t seed)
{
	static uint8_t cells[18][18], after[18][18];
	uint32_t alive = 0;
	int px, py, dx, dy;

	corpus_fill(cells, sizeof(cells), seed);
	for (py = 0; py < 18; py++)
		for (px = 0; px < 18; px++)
			cells[py][px] &= 1;
	for (; generations > 0; generations--) {
		for (py = 1; py < 17; py++) {
			for (px = 1; px < 17; px++) {
				int count = 0;

				for (dy = -1; dy <= 1; dy++)
					for (dx = -1; dx <= 1; dx++)
						count += cells[py + dy][px + dx];
				after[py][px] = count == 3 || (count == 4 && cells[py][px]);
			}
		}
		for (py = 1; py < 17; py++)
			for (px = 1; px < 17; px++)
				cells[py][px] = after[py][px];
	}
	for (py = 1; py < 17; py++)
		for (px = 1; px < 17; px++)
			alive += cells[py][px];
	return alive;
}

/* How many ways; goes back by the stack of columns, and gives up after a number of steps. */
ENTRY(queens) uint32_t queens(int n)
{
	int8_t column[8];
	int row = 0, found = 0, steps = 0, i;

	column[0] = -1;
	while (row >= 0 && steps++ < 1200) {
		int fits = 0;

		while (!fits && ++column[row] < n) {
			fits = 1;
			for (i = 0; i < row; i++) {
				int by = column[row] - column[i];

				if (by == 0 || by == row - i || by == i - row)
					fits = 0;
			}
		}
		if (!fits)
			row--;
		else if (row == n - 1)
			found++;
		else
			column[++row] = -1;
	}
	return found;
}

ENTRY(next_permutation) uint32_t next_permutation(int n)
{
	uint8_t p[6];
	uint32_t rounds = 0, sum = 0;
	int i, j;

	for (i = 0; i < n; i++)
		p[i] = i;
	while (rounds++ < 720) {
		uint8_t t;

		sum = sum * 7 + p[0];
		for (i = n - 2; i >= 0 && p[i] > p[i + 1]; i--)
			;
		if (i < 0)
			break;
		for (j = n - 1; p[j] < p[i]; j--)
			;
		t = p[i];
		p[i] = p[j];
		p[j] = t;
		for (i++, j = n - 1; i < j; i++, j--) {
			t = p[i];
			p[i] = p[j];
			p[j] = t;
		}
	}
	return sum;
}

ENTRY(linear_generator) uint32_t linear_generator(uint32_t n, uint32_t seed)
{
	uint32_t sum = 0;

	while (n > 0) {
		seed = seed * 1103515245 + 12345;
		sum ^= seed >> 16;
		n--;
	}
	return sum;
}

ENTRY(mersenne) uint32_t mersenne(uint32_t seed)
{
	static uint32_t state[624];
	uint32_t i, sum = 0;

	state[0] = seed;
	for (i = 1; i < 624; i++)
		state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >> 30) + i;
	for (i = 0; i < 624; i++) {
		uint32_t bits = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);

		state[i] = state[(i + 397) % 624] ^ bits >> 1 ^ (bits & 1 ? 0x9908b0df : 0);
		sum += state[i];
	}
	return sum;
}

/* Open addressing; as many probes as there are places at most. */
ENTRY(hash_table) uint32_t hash_table(uint32_t n, uint32_t seed)
{
	static uint32_t keys[128];
	uint32_t i, probe, stored = 0;

	for (i = 0; i < 128; i++)
		keys[i] = 0;
	for (i = 0; i < n; i++) {
		uint32_t key = corpus_next(&seed);
		uint32_t at = key * 0x9e3779b1 >> 25;

		for (probe = 0; probe < 128; probe++) {
			if (!keys[at] || keys[at] == key)
				break;
			at = (at + 1) & 127;
		}
		if (probe < 128) {
			keys[at] = key;
			stored++;
		}
	}
	return stored;
}

ENTRY(lru) uint32_t lru(uint32_t n, uint32_t seed)
{
	uint8_t cache[8];
	uint32_t used = 0, hits = 0, i;

	for (i = 0; i < n; i++) {
		uint8_t key = corpus_next(&seed) % 12;
		uint32_t at = 0;

		while (at < used && cache[at] != key)
			at++;
		if (at < used)
			hits++;
		else if (used < 8)
			used++;
		else
			at = 7;
		for (; at > 0; at--)
			cache[at] = cache[at - 1];
		cache[0] = key;
	}
	return hits;
}
