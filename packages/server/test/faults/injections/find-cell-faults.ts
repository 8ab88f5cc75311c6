/** What a spreadsheet does with a cell: it skips blanks, and runs what begins like a formula. */
const RUNS = /^[\s\ufeff\u200b]*[=+\-@\uff0b\uff0d\uff1d\uff20]/;
const MOVES = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** What is wrong with the cells of a table: another number of them in some line, formulas, and what moves a cursor. */
export function findCellFaults(records: readonly (readonly string[])[]): readonly string[] {
  const [head = []] = records;
  return records.flatMap((record) => [
    ...(record.length === head.length ? [] : [`a line has ${record.length} cells rather than ${head.length}`]),
    ...record.filter((cell) => RUNS.test(cell)).map((cell) => `a cell runs: ${JSON.stringify(cell)}`),
    ...record.filter((cell) => MOVES.test(cell)).map((cell) => `a cell has controls: ${JSON.stringify(cell)}`),
  ]);
}
