// Tables as columns of numbers and words: a table of addresses that ascend becomes
// small, and what repeats comes together, so that it compresses to half the size
// of its rows. pack is the build's part, unpack is the page's.

// rows: arrays of one length. differences: the indices of columns whose numbers
// are kept as the difference to the row before.
export function pack(rows, differences)
{
	const width = rows.length ? rows[0].length : 0;
	return Array.from({ length: width }, (_, column) =>
		rows.map((row, n) => n && differences.includes(column)
			? row[column] - rows[n - 1][column] : row[column]));
}

// The rows that pack made into these columns.
export function unpack(columns, differences)
{
	const rows = [];
	for (let n = 0; n < (columns[0]?.length ?? 0); n++)
		rows.push(columns.map((values, column) =>
			n && differences.includes(column)
				? rows[n - 1][column] + values[n] : values[n]));
	return rows;
}
