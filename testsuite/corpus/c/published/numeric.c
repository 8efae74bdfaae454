// SPDX-License-Identifier: GPL-2.0-only
/*
 * Matrices and signals: product, transposition, Gauss, LU, FFT, DCT, FIR, IIR, convolution, median, integral image,
 * Horner, trapezoids, Simpson, Runge-Kutta, power iteration, CORDIC.
 *
 * entry: matmul(n: 0..=16, seed: any)
 * entry: matmul_blocked(n: 0..=16, seed: any)
 * entry: transpose(n: 0..=16, seed: any)
 * entry: gauss(n: 1..=16, seed: any)
 * entry: lu(n: 1..=16, seed: any)
 * entry: fft(log: 0..=8, seed: any)
 * entry: dct(seed: any)
 * entry: fir(n: 0..=200, taps: 1..=16, seed: any)
 * entry: iir(n: 0..=200, seed: any)
 * entry: convolve(n: 3..=16, seed: any)
 * entry: median(n: 0..=200, seed: any)
 * entry: integral_image(n: 1..=16, seed: any)
 * entry: horner(degree: 0..=40, seed: any)
 * entry: simpson(n: 2..=200)
 * entry: runge_kutta(n: 0..=200)
 * entry: power_iteration(n: 1..=16, seed: any)
 * entry: cordic(angle: -100000..=100000)
 * entry: mandelbrot(x: -2000..=1000, y: -1000..=1000)
 * run: mandelbrot(0, 0)
 */
#include "../corpus.h"

#define N 16

static uint8_t noise[512];
static double a[N][N], b[N][N], c[N][N];
static double re[256], im[256];

static NOINLINE void make_input(uint32_t seed)
{
	int i, j;

	corpus_fill(noise, sizeof(noise), seed);
	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++) {
			a[i][j] = noise[N * i + j] / 16.0 + (i == j ? 300 : 0);
			b[i][j] = noise[N * i + j + 256] / 32.0;
		}
	for (i = 0; i < 256; i++) {
		re[i] = noise[i];
		im[i] = 0;
	}
}

ENTRY(matmul) int32_t matmul(int n, uint32_t seed)
{
	int i, j, k;

	make_input(seed);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++) {
			double sum = 0;

			for (k = 0; k < n; k++)
				sum += a[i][k] * b[k][j];
			c[i][j] = sum;
		}
	return c[1][2];
}

ENTRY(matmul_blocked) int32_t matmul_blocked(int n, uint32_t seed)
{
	int bi, bj, bk, i, j, k;

	make_input(seed);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			c[i][j] = 0;
	for (bi = 0; bi < n; bi += 4)
		for (bj = 0; bj < n; bj += 4)
			for (bk = 0; bk < n; bk += 4)
				for (i = bi; i < n && i < bi + 4; i++)
					for (j = bj; j < n && j < bj + 4; j++)
						for (k = bk; k < n && k < bk + 4; k++)
							c[i][j] += a[i][k] * b[k][j];
	return c[1][2];
}

ENTRY(transpose) int32_t transpose(uint32_t n, uint32_t seed)
{
	uint32_t i, j;

	make_input(seed);
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++) {
			double x = a[i][j];

			a[i][j] = a[j][i];
			a[j][i] = x;
		}
	return a[1][0];
}

ENTRY(gauss) int32_t gauss(int n, uint32_t seed)
{
	double x[N];
	int column, row, k;

	make_input(seed);
	for (column = 0; column < n; column++) {
		int pivot = column;

		for (row = column + 1; row < n; row++)
			if (a[row][column] * a[row][column] > a[pivot][column] * a[pivot][column])
				pivot = row;
		for (k = column; k < n; k++) {
			double t = a[column][k];

			a[column][k] = a[pivot][k];
			a[pivot][k] = t;
		}
		for (row = column + 1; row < n; row++) {
			double factor = a[row][column] / a[column][column];

			for (k = column; k < n; k++)
				a[row][k] -= factor * a[column][k];
		}
	}
	for (row = n - 1; row >= 0; row--) {
		x[row] = b[0][row];
		for (k = row + 1; k < n; k++)
			x[row] -= a[row][k] * x[k];
		x[row] /= a[row][row];
	}
	return x[0] * 1000;
}

ENTRY(lu) int32_t lu(uint32_t n, uint32_t seed)
{
	uint32_t i, j, k;

	make_input(seed);
	for (k = 0; k < n; k++) {
		for (i = k + 1; i < n; i++) {
			a[i][k] /= a[k][k];
			for (j = k + 1; j < n; j++)
				a[i][j] -= a[i][k] * a[k][j];
		}
	}
	return a[n - 1][n - 1];
}

/* Roots of unity by repeated half-angle formulas would need a square root; a table of eight halvings does. */
ENTRY(fft) int32_t fft(uint32_t log, uint32_t seed)
{
	static const double cosines[9] = { 1, -1, 0, 0.7071067811865476, 0.9238795325112867, 0.9807852804032304,
					   0.9951847266721969, 0.9987954562051724, 0.9996988186962042 };
	static const double sines[9] = { 0, 0, 1, 0.7071067811865475, 0.3826834323650898, 0.19509032201612825,
					 0.0980171403295606, 0.049067674327418015, 0.024541228522912288 };
	uint32_t n = 1u << log;
	uint32_t i, j = 0, bit, len, k, stage = 1;

	make_input(seed);
	for (i = 1; i < n; i++) {
		for (bit = n >> 1; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			double x = re[i];

			re[i] = re[j];
			re[j] = x;
		}
	}
	for (len = 2; len <= n; len <<= 1, stage++) {
		for (i = 0; i < n; i += len) {
			double wr = 1, wi = 0;

			for (k = 0; k < len / 2; k++) {
				double xr = re[i + k + len / 2] * wr - im[i + k + len / 2] * wi;
				double xi = re[i + k + len / 2] * wi + im[i + k + len / 2] * wr;
				double next = wr * cosines[stage] - wi * sines[stage];

				re[i + k + len / 2] = re[i + k] - xr;
				im[i + k + len / 2] = im[i + k] - xi;
				re[i + k] += xr;
				im[i + k] += xi;
				wi = wr * sines[stage] + wi * cosines[stage];
				wr = next;
			}
		}
	}
	return re[0];
}

ENTRY(dct) int32_t dct(uint32_t seed)
{
	/* cos(k * pi / 16), scaled by 2^14 */
	static const int16_t cosines[9] = { 16384, 16069, 15137, 13623, 11585, 9102, 6270, 3196, 0 };
	int32_t result[8];
	int u, x;

	make_input(seed);
	for (u = 0; u < 8; u++) {
		result[u] = 0;
		for (x = 0; x < 8; x++) {
			int angle = (2 * x + 1) * u % 32;
			int sign = 1;

			if (angle > 16)
				angle = 32 - angle;
			if (angle > 8) {
				angle = 16 - angle;
				sign = -1;
			}
			result[u] += sign * cosines[angle] * noise[x];
		}
	}
	return result[0] ^ result[7];
}

ENTRY(fir) int32_t fir(int n, int taps, uint32_t seed)
{
	int32_t last = 0;
	int i, k;

	make_input(seed);
	for (i = 0; i < n; i++) {
		last = 0;
		for (k = 0; k < taps && k <= i; k++)
			last += noise[256 + k] * noise[i - k];
	}
	return last;
}

ENTRY(iir) int32_t iir(uint32_t n, uint32_t seed)
{
	float y1 = 0, y2 = 0;
	uint32_t i;

	make_input(seed);
	for (i = 0; i < n; i++) {
		float y = noise[i] + 1.5f * y1 - 0.7f * y2;

		y2 = y1;
		y1 = y;
	}
	return y1;
}

ENTRY(convolve) int32_t convolve(int n, uint32_t seed)
{
	int32_t last = 0;
	int x, y, i, j;

	make_input(seed);
	for (y = 1; y < n - 1; y++)
		for (x = 1; x < n - 1; x++) {
			int32_t sum = 0;

			for (j = -1; j <= 1; j++)
				for (i = -1; i <= 1; i++)
					sum += noise[N * (y + j) + x + i] * (2 - i * i) * (2 - j * j);
			last ^= sum;
		}
	return last;
}

ENTRY(median) int32_t median(uint32_t n, uint32_t seed)
{
	uint8_t window[5];
	int32_t sum = 0;
	uint32_t i;
	int j, k;

	make_input(seed);
	for (i = 2; i + 2 < n; i++) {
		for (j = 0; j < 5; j++) {
			uint8_t x = noise[i + j - 2];

			for (k = j; k > 0 && window[k - 1] > x; k--)
				window[k] = window[k - 1];
			window[k] = x;
		}
		sum += window[2];
	}
	return sum;
}

ENTRY(integral_image) int32_t integral_image(uint32_t n, uint32_t seed)
{
	static uint32_t sums[N + 1][N + 1];
	uint32_t x, y;

	make_input(seed);
	for (y = 1; y <= n; y++) {
		uint32_t row = 0;

		for (x = 1; x <= n; x++) {
			row += noise[N * (y - 1) + x - 1];
			sums[y][x] = sums[y - 1][x] + row;
		}
	}
	return sums[n][n];
}

ENTRY(horner) int32_t horner(int degree, uint32_t seed)
{
	double y = 0;

	make_input(seed);
	while (degree >= 0)
		y = y * 0.99 + noise[degree--];
	return y;
}

ENTRY(simpson) int32_t simpson(int n)
{
	double h, sum;
	int i;

	n &= ~1;
	h = 1.0 / n;
	sum = 1 + 0.5;
	for (i = 1; i < n; i += 2)
		sum += 4 / (1 + i * h * i * h);
	for (i = 2; i < n; i += 2)
		sum += 2 / (1 + i * h * i * h);
	return sum * h / 3 * 1000000;
}

ENTRY(runge_kutta) int32_t runge_kutta(uint32_t n)
{
	double x = 1, v = 0, h = 0.01;

	while (n-- > 0) {
		double k1x = v, k1v = -x;
		double k2x = v + h / 2 * k1v, k2v = -(x + h / 2 * k1x);
		double k3x = v + h / 2 * k2v, k3v = -(x + h / 2 * k2x);
		double k4x = v + h * k3v, k4v = -(x + h * k3x);

		x += h / 6 * (k1x + 2 * k2x + 2 * k3x + k4x);
		v += h / 6 * (k1v + 2 * k2v + 2 * k3v + k4v);
	}
	return x * 1000000;
}

ENTRY(power_iteration) int32_t power_iteration(int n, uint32_t seed)
{
	double x[N], y[N], most = 0, before = 0;
	int round, i, j;

	make_input(seed);
	for (i = 0; i < n; i++)
		x[i] = 1;
	for (round = 0; round < 30; round++) {
		most = 0;
		for (i = 0; i < n; i++) {
			y[i] = 0;
			for (j = 0; j < n; j++)
				y[i] += a[i][j] * x[j];
			if (y[i] > most)
				most = y[i];
		}
		for (i = 0; i < n; i++)
			x[i] = y[i] / most;
		if (most - before < 1e-9 && before - most < 1e-9)
			break;
		before = most;
	}
	return most * 1000;
}

ENTRY(cordic) int32_t cordic(int32_t angle)
{
	/* arctangents of 2^-i, scaled by 2^16 */
	static const int32_t steps[16] = {
		51472, 30386, 16055, 8150, 4091, 2047, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2
	};
	int32_t x = 39797, y = 0;
	const int32_t *step;

	for (step = steps; step < steps + ARRAY_SIZE(steps); step++) {
		int i = step - steps;
		int32_t dx = y >> i, dy = x >> i;

		if (angle >= 0) {
			x -= dx;
			y += dy;
			angle -= *step;
		} else {
			x += dx;
			y -= dy;
			angle += *step;
		}
	}
	return y;
}

ENTRY(mandelbrot) int32_t mandelbrot(int32_t x, int32_t y)
{
	double cr = x / 1000.0, ci = y / 1000.0, zr = 0, zi = 0;
	int rounds = 0;

	while (zr * zr + zi * zi <= 4 && rounds < 500) {
		double t = zr * zr - zi * zi + cr;

		zi = 2 * zr * zi + ci;
		zr = t;
		rounds++;
	}
	return rounds;
}
