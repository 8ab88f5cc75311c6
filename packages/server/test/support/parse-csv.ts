/** A reader of RFC 4180 that takes nothing else. @throws Error at the first thing that is no cell */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let rest = text;
  while (rest !== '') {
    const record: string[] = [];
    for (let isMore = true; isMore; ) {
      const [whole = '', quoted, plain = '', end = ''] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? [];
      if (whole === '') throw new Error(`not a cell: ${JSON.stringify(rest.slice(0, 60))}`);
      record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      rest = rest.slice(whole.length);
      isMore = end === ',';
    }
    records.push(record);
  }
  return records;
}
