import { describe, expect, it } from 'vitest';
import { type ChainRecord, followChain } from './follow-chain.ts';

function record(seq: number, sha256: string, previousSha256: string | null, fence = 1): ChainRecord {
  return { seq, sha256, previousSha256, fence, name: `${seq}.${fence}.${sha256}`, settled: true, at: seq };
}

const shas = (records: readonly ChainRecord[]) => records.map(({ sha256 }) => sha256);

describe('a chain of records', () => {
  it('is followed by checksums, from the first or from where a base begins', () => {
    const records = [record(3, 'c', 'b'), record(1, 'a', null), record(2, 'b', 'a')];
    expect(shas(followChain(records, null))).toEqual(['a', 'b', 'c']);
    expect(shas(followChain(records, { seq: 2, name: '', sha256: 'b' }))).toEqual(['c']);
    expect(followChain([], null)).toEqual([]);
  });

  it('ends before what is missing, and before what does not fit', () => {
    expect(shas(followChain([record(1, 'a', null), record(3, 'c', 'b')], null))).toEqual(['a']);
    expect(shas(followChain([record(1, 'a', null), record(2, 'b', 'other')], null))).toEqual(['a']);
    expect(followChain([record(2, 'b', 'a')], null)).toEqual([]);
  });

  it('takes of two records of one number the one that others follow, else the one of the newer lease', () => {
    const crashed = [record(1, 'a', null), record(2, 'b', 'a', 5), record(2, 'x', 'a', 6)];
    expect(shas(followChain(crashed, null))).toEqual(['a', 'x']);
    expect(shas(followChain([...crashed, record(3, 'c', 'b', 7)], null))).toEqual(['a', 'b', 'c']);
  });

  it('is as long as the longest way', () => {
    const records = [
      record(1, 'a', null),
      ...[2, 3, 4].map((seq) => record(seq, `old${seq}`, seq === 2 ? 'a' : `old${seq - 1}`, 9)),
      ...[2, 3, 4, 5].map((seq) => record(seq, `new${seq}`, seq === 2 ? 'a' : `new${seq - 1}`, 3)),
    ];
    expect(shas(followChain(records, null))).toEqual(['a', 'new2', 'new3', 'new4', 'new5']);
  });
});
