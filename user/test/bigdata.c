/*
 * Computes on more memory than the machine has, and verifies the results. Asks
 * for the number of pages: by default, twice the free frames.
 */

#include "big.h"
#include "random.h"

#define DATA		((uint32_t *)0x10000000)

static uint32_t npages, nwords;

/* --- Orders of access ----------------------------------------------------- */

static void
fill(uint32_t key)
{
	uint32_t i;

	for (i = 0; i < nwords; i++)
		DATA[i] = mix(i, key);
}

/* The number of words that differ from what fill has stored. */
static uint32_t
count_wrong(uint32_t key)
{
	uint32_t i, wrong = 0;

	for (i = 0; i < nwords; i++)
		wrong += DATA[i] != mix(i, key);
	return wrong;
}

static void
sequential(void)
{
	fill(1);
	VERIFY(count_wrong(1) == 0, "sequential: all words, upwards");
	VERIFY(count_wrong(1) == 0, "sequential: once more");
}

/* Change words at random. The same changes again undo it. */
static void
change_at_random(void)
{
	uint32_t n;

	random_state = 12345;
	for (n = 0; n < 4 * npages; n++)
		DATA[random() % nwords] ^= n + 1;
}

static void
at_random(void)
{
	change_at_random();
	VERIFY(count_wrong(1) != 0, "random: words have changed");
	change_at_random();
	VERIFY(count_wrong(1) == 0, "random: the changes undo themselves");
}

/* Visit each page once, by steps that are coprime to their number. */
static void
by_stride(uint32_t stride, uint32_t change)
{
	uint32_t page, i;

	while (npages % stride == 0)
		stride += 2;
	for (i = page = 0; i < npages; i++, page = (page + stride) % npages)
		DATA[page * WORDS + i % WORDS] ^= change;
}

static void
strides(void)
{
	by_stride(7, 5);
	by_stride(101, 9);
	VERIFY(count_wrong(1) != 0, "strides: words have changed");
	by_stride(101, 9);
	by_stride(7, 5);
	VERIFY(count_wrong(1) == 0, "strides: the changes undo themselves");
}

/* --- Matrices: each row has a page of its own ----------------------------- */

#define MAX_ROWS	300
#define COLUMNS		8	/* of b and c */
#define BLOCK		16

typedef uint32_t row[WORDS];

/* c = a * b, a block of b at a time. */
static void
multiply(row *c, row *a, row *b, uint32_t rows)
{
	uint32_t start, i, j, k;

	for (start = 0; start < rows; start += BLOCK)
		for (i = 0; i < rows; i++)
			for (k = start; k < MIN(start + BLOCK, rows); k++)
				for (j = 0; j < COLUMNS; j++)
					c[i][j] += a[i][k] * b[k][j];
}

/* The product with (1, 2, 3, ...) of a row, or of all rows of b at once. */
static uint32_t
times_vector(const uint32_t *row, uint32_t n)
{
	uint32_t j, sum = 0;

	for (j = 0; j < n; j++)
		sum += row[j] * (j + 1);
	return sum;
}

/* c * x must be a * (b * x). */
static void
matrices(void)
{
	uint32_t rows = MIN(npages / 3, (uint32_t)MAX_ROWS);
	uint32_t i, k, sum, wrong = 0;
	row *a = (row *)DATA, *b = a + rows, *c = b + rows;
	static uint32_t bx[MAX_ROWS];

	fill(2);
	memset(c, 0, rows * sizeof(row));
	multiply(c, a, b, rows);
	for (k = 0; k < rows; k++)
		bx[k] = times_vector(b[k], COLUMNS);
	for (i = 0; i < rows; i++) {
		for (k = sum = 0; k < rows; k++)
			sum += a[i][k] * bx[k];
		wrong += sum != times_vector(c[i], COLUMNS);
	}
	VERIFY(wrong == 0, "matrices: the product of %u rows", rows);
}

/* --- Sorting -------------------------------------------------------------- */

/* Sums that are the same in any order. */
struct sums {
	uint32_t sum, squares, bits;
};

static struct sums
sums_of(const uint32_t *data, uint32_t n)
{
	struct sums s = { 0, 0, 0 };

	for (; n; n--, data++) {
		s.sum += *data;
		s.squares += *data * *data;
		s.bits ^= *data * 2654435761U;
	}
	return s;
}

static bool
is_sorted(const uint32_t *data, uint32_t n)
{
	while (--n)
		if (data[n - 1] > data[n])
			return false;
	return true;
}

/* Move what is less than the middle word to the left; return the border. */
static uint32_t
partition(uint32_t *data, uint32_t n)
{
	uint32_t pivot = data[(n - 1) / 2], i = 0, j = n - 1, word;

	for (;; i++, j--) {
		while (data[i] < pivot)
			i++;
		while (data[j] > pivot)
			j--;
		if (i >= j)
			return j + 1;
		word = data[i];
		data[i] = data[j];
		data[j] = word;
	}
}

/* The larger part by the loop, so that the stack is never deep. */
static void
quicksort(uint32_t *data, uint32_t n)
{
	uint32_t left;

	while (n > 1) {
		left = partition(data, n);
		if (left < n - left) {
			quicksort(data, left);
			data += left;
			n -= left;
		} else {
			quicksort(data + left, n - left);
			n = left;
		}
	}
}

static void
merge(uint32_t *to, const uint32_t *from, uint32_t middle, uint32_t n)
{
	uint32_t i = 0, j = middle, k;

	for (k = 0; k < n; k++)
		to[k] = i < middle && (j == n || from[i] <= from[j])
			? from[i++] : from[j++];
}

/* Sort n words, with room for as many at `other`; return where they are. */
static uint32_t *
merge_sort(uint32_t *data, uint32_t *other, uint32_t n)
{
	uint32_t width, at, *swap;

	for (width = 1; width < n; width *= 2) {
		for (at = 0; at < n; at += 2 * width)
			merge(other + at, data + at, MIN(width, n - at),
			      MIN(2 * width, n - at));
		swap = data;
		data = other;
		other = swap;
	}
	return data;
}

static void
sorts(void)
{
	uint32_t half = npages / 2 * WORDS, *sorted;
	struct sums before, after;

	fill(3);
	before = sums_of(DATA, nwords);
	quicksort(DATA, nwords);
	after = sums_of(DATA, nwords);
	VERIFY(is_sorted(DATA, nwords), "quicksort: %u words", nwords);
	VERIFY(memcmp(&before, &after, sizeof(after)) == 0,
	       "quicksort: they are the same words");
	fill(4);
	before = sums_of(DATA, half);
	sorted = merge_sort(DATA, DATA + half, half);
	after = sums_of(sorted, half);
	VERIFY(is_sorted(sorted, half), "merge sort: %u words", half);
	VERIFY(memcmp(&before, &after, sizeof(after)) == 0,
	       "merge sort: they are the same words");
}

void
umain(int argc, char **argv)
{
	USED(argc);
	USED(argv);
	verify_begin();
	npages = ask("pages: ", 2 * free_frames());
	nwords = npages * WORDS;
	take_pages(DATA, npages);
	sequential();
	at_random();
	strides();
	matrices();
	sorts();
	drop_pages(DATA, npages);
	verify_end();
}
