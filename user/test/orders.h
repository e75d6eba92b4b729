#ifndef PAGEWALK_USER_TEST_ORDERS_H
#define PAGEWALK_USER_TEST_ORDERS_H

/*
 * Algorithms that use memory in different orders. They verify their results.
 *
 * The sorts move keys, which lie ITEM_WORDS words apart. A program may define
 * that before it includes this file. The fewer keys are on a page, the fewer uses
 * does the page have.
 */

#include <inc/string.h>
#include "big.h"
#include "random.h"

/* --- Words ---------------------------------------------------------------- */

/* Give each step-th of n words a value that depends on its place. */
static inline void
fill(uint32_t *data, uint32_t n, uint32_t step, uint32_t key)
{
	uint32_t i;

	for (i = 0; i < n; i += step)
		data[i] = mix(i, key);
}

/* Return the number of words that differ from what fill has stored. */
static inline uint32_t
count_wrong(const uint32_t *data, uint32_t n, uint32_t step, uint32_t key)
{
	uint32_t i, wrong = 0;

	for (i = 0; i < n; i += step)
		wrong += data[i] != mix(i, key);
	return wrong;
}

/* Change words at random. The same changes again undo it. */
static inline void
change_at_random(uint32_t *data, uint32_t n, uint32_t times)
{
	uint32_t i;

	random_state = 12345;
	for (i = 0; i < times; i++)
		data[random() % n] ^= i + 1;
}

/* --- Matrices: each row has a page of its own ----------------------------- */

#define COLUMNS		8	/* of b and c */

typedef uint32_t row[WORDS];

/* c += a * b, a block of b's rows at a time. */
static inline void
multiply(row *c, row *a, row *b, uint32_t rows, uint32_t block)
{
	uint32_t start, i, j, k;

	for (start = 0; start < rows; start += block)
		for (i = 0; i < rows; i++)
			for (k = start; k < MIN(start + block, rows); k++)
				for (j = 0; j < COLUMNS; j++)
					c[i][j] += a[i][k] * b[k][j];
}

/* Return the product of a row with (1, 2, 3, ...). */
static inline uint32_t
times_vector(const uint32_t *row, uint32_t n)
{
	uint32_t j, sum = 0;

	for (j = 0; j < n; j++)
		sum += row[j] * (j + 1);
	return sum;
}

/*
 * Return the number of rows in which c * x is not a * (b * x). bx: room for as
 * many words as there are rows.
 */
static inline uint32_t
count_wrong_rows(row *c, row *a, row *b, uint32_t rows, uint32_t *bx)
{
	uint32_t i, k, sum, wrong = 0;

	for (k = 0; k < rows; k++)
		bx[k] = times_vector(b[k], COLUMNS);
	for (i = 0; i < rows; i++) {
		for (k = sum = 0; k < rows; k++)
			sum += a[i][k] * bx[k];
		wrong += sum != times_vector(c[i], COLUMNS);
	}
	return wrong;
}

/* --- Sorting -------------------------------------------------------------- */

#ifndef ITEM_WORDS
#define ITEM_WORDS	1
#endif

struct item {
	uint32_t words[ITEM_WORDS];	/* the first is the key */
};

/* Sums of keys that are the same in any order. */
struct sums {
	uint32_t sum, squares, bits;
};

static inline uint32_t
key_of(const struct item *item)
{
	return item->words[0];
}

static inline void
move_key(struct item *to, const struct item *from)
{
	to->words[0] = from->words[0];
}

static inline struct sums
sums_of(const struct item *data, uint32_t n)
{
	struct sums s = { 0, 0, 0 };

	for (; n; n--, data++) {
		s.sum += key_of(data);
		s.squares += key_of(data) * key_of(data);
		s.bits ^= key_of(data) * 2654435761U;
	}
	return s;
}

static inline bool
is_sorted(const struct item *data, uint32_t n)
{
	while (--n)
		if (key_of(&data[n - 1]) > key_of(&data[n]))
			return false;
	return true;
}

/* Move keys less than the middle one to the left; return the border. */
static inline uint32_t
partition(struct item *data, uint32_t n)
{
	uint32_t pivot = key_of(&data[(n - 1) / 2]), i = 0, j = n - 1;
	struct item item;

	for (;; i++, j--) {
		while (key_of(&data[i]) < pivot)
			i++;
		while (key_of(&data[j]) > pivot)
			j--;
		if (i >= j)
			return j + 1;
		move_key(&item, &data[i]);
		move_key(&data[i], &data[j]);
		move_key(&data[j], &item);
	}
}

/* The larger part by the loop, so that the stack is never deep. */
static inline void
quicksort(struct item *data, uint32_t n)
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

static inline void
merge(struct item *to, const struct item *from, uint32_t middle, uint32_t n)
{
	uint32_t i = 0, j = middle, k;

	for (k = 0; k < n; k++)
		move_key(&to[k], i < middle && (j == n || key_of(&from[i])
						<= key_of(&from[j]))
			 ? &from[i++] : &from[j++]);
}

/* Sort n keys, with room for as many at `other`; return where they are. */
static inline struct item *
merge_sort(struct item *data, struct item *other, uint32_t n)
{
	struct item *swap;
	uint32_t width, at;

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

#endif
