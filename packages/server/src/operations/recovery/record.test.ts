import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ChangesHeader, packRecord, RecordDamagedError, RecordPacker, unpackRecord } from './record.ts';

const HEADER: ChangesHeader = {
  instance: 'main',
  lineage: 'abcd',
  at: 1,
  kind: 'changes',
  seq: 2,
  previous: { name: 'one', sha256: 'ff' },
  settled: true,
};

describe('a record', () => {
  it.each([[[]], [['{"a":1}']], [['{"a":"x\\ny"}', '{"ü":2}']]])('comes back as it was: %j', async (lines) => {
    const bytes = await packRecord({ header: HEADER, lines });
    expect(await unpackRecord('r', bytes)).toEqual({ header: HEADER, lines });
  });

  it('is the same when its rows come some at a time', async () => {
    const packer = new RecordPacker();
    for (const lines of [['{"a":1}', '{"b":2}'], [], ['{"c":3}']]) await packer.add(lines);
    expect(packer.lines).toBe(3);
    const lines = ['{"a":1}', '{"b":2}', '{"c":3}'];
    expect(await unpackRecord('r', await packer.end(HEADER))).toEqual({ header: HEADER, lines });
  });

  it('says in text what it is, so that it can be read without us', async () => {
    const text = gunzipSync(await packRecord({ header: HEADER, lines: ['{"table":"tags"}'] })).toString();
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ format: 'roadstead-recovery', version: 1, lines: 1 });
    expect(text.split('\n')[1]).toBe('{"table":"tags"}');
  });

  it('is refused wherever it is cut', async () => {
    const bytes = await packRecord({ header: HEADER, lines: ['{"a":1}', '{"b":2}'] });
    for (let end = 0; end < bytes.length; end += 1) {
      await expect(unpackRecord('r', bytes.subarray(0, end)), `${end}`).rejects.toThrow(RecordDamagedError);
    }
  });

  it('is refused when a row is another, when one is missing, and when it is no record', async () => {
    const text = gunzipSync(await packRecord({ header: HEADER, lines: ['{"a":1}', '{"b":2}'] })).toString();
    const wrong = [
      text.replace('"b":2', '"b":3'),
      text.replace('{"a":1}\n', ''),
      text.split('\n')[0] ?? '',
      'hello',
      '{}\n',
    ];
    for (const each of wrong) await expect(unpackRecord('r', gzipSync(each))).rejects.toThrow(RecordDamagedError);
    await expect(unpackRecord('r', Buffer.from('{}'))).rejects.toThrow(RecordDamagedError);
  });

  it('of a newer version is refused with a sentence that says what to do', async () => {
    const text = gunzipSync(await packRecord({ header: HEADER, lines: [] })).toString();
    const newer = gzipSync(text.replace('"version":1', '"version":2'));
    await expect(unpackRecord('changes.x', newer)).rejects.toThrow(
      'the record changes.x has the format 2, and this Roadstead knows 1: a newer one wrote it, so rebuild with that one',
    );
  });
});
