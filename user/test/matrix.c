/* Multiplies two matrices, each row of which has a page of its own. */

#include "recorded.h"

#define ROWS	(NPAGES / 3)

void
umain(int argc, char **argv)
{
	row *a = (row *)data, *b = a + ROWS, *c = b + ROWS;
	static uint32_t bx[ROWS];
	uint32_t i;

	USED(argc);
	USED(argv);
	for (i = 0; i < ROWS; i++) {
		fill(a[i], ROWS, 1, i);
		fill(b[i], COLUMNS, 1, ~i);
	}
	multiply(c, a, b, ROWS, ROWS);
	report(count_wrong_rows(c, a, b, ROWS, bx));
}
