import type { SeededRandom } from '../../support/seeded-random.ts';
import { statusOf } from '../case-runner.ts';
import { createRangeCorpus, judgeRange, type RangeVerdict } from '../corpora/range-corpus.ts';
import type { FaultCase, FaultClass, Target } from '../fault-class.ts';
import type { RawAnswer } from '../raw-answer.ts';
import { showBytes, toByteString } from '../raw-request.ts';
import type { SeededBlob } from '../seeded-content.ts';
import { createChunkCases } from './hostile-chunks.ts';

/** Range on blobs, and Content-Range on the chunks of uploads. */
export function createHostileRanges(target: Target, random: SeededRandom): FaultClass {
  const { blob } = target.content;
  const headers = createRangeCorpus(blob.bytes.length, random).map(toByteString);
  const chunks = createChunkCases();
  return {
    name: 'ranges',
    unit: 'ranges',
    corpusSize: headers.length + chunks.length,
    minCorpusSize: 500,
    concurrency: 4,
    cases: [
      ...headers.map((header) => rangeCase(header, target.content.repository, blob, 'GET')),
      ...random.sample(headers, 100).map((header) => rangeCase(header, target.content.repository, blob, 'HEAD')),
      ...chunks,
    ],
  };
}

function rangeCase(header: string, repository: string, blob: SeededBlob, method: 'GET' | 'HEAD'): FaultCase {
  return {
    name: `${method} with Range: ${showBytes(header)}`,
    run: async (run) => {
      const answer = await run.ask({
        method,
        target: `/v2/${repository}/blobs/${blob.digest}`,
        headers: [['Range', header]],
      });
      if (typeof answer === 'string') return run.complain(answer);
      const verdict: RangeVerdict = method === 'HEAD' ? { kind: 'whole' } : judgeRange(header, blob.bytes.length);
      const complaint = findRangeFault(answer, verdict, blob.bytes, method);
      if (complaint !== undefined) run.complain(`${statusOf(answer)} to ${verdict.kind}: ${complaint}`);
    },
  };
}

function findRangeFault(answer: RawAnswer, verdict: RangeVerdict, whole: Buffer, method: string): string | undefined {
  const { status } = answer;
  if (method === 'HEAD') return status === 200 ? undefined : 'a HEAD has no ranges';
  switch (status) {
    case 200:
      if (verdict.kind !== 'whole') return 'the ranges were not looked at';
      return answer.body.equals(whole) ? undefined : 'other bytes than the blob has';
    case 206:
      return findPartFault(answer, verdict, whole);
    case 416:
      if (verdict.kind !== 'whole' && verdict.kind !== 'unsatisfiable') return 'the range can be satisfied';
      return answer.headers.get('content-range') === `bytes */${whole.length}`
        ? undefined
        : 'Content-Range does not tell the size';
    default:
      return 'no answer to a range';
  }
}

function findPartFault(answer: RawAnswer, verdict: RangeVerdict, whole: Buffer): string | undefined {
  if (verdict.kind === 'one') {
    const { start, end } = verdict;
    const told = answer.headers.get('content-range');
    if (told !== `bytes ${start}-${end}/${whole.length}`) return `Content-Range is ${told}`;
    return answer.body.equals(whole.subarray(start, end + 1)) ? undefined : 'other bytes than the range has';
  }
  if (verdict.kind !== 'several') return 'no part was asked for';
  const parts = readParts(answer);
  if (parts === undefined) return 'not multipart/byteranges';
  const told = parts.map(({ start, end }) => `${start}-${end}`).toSorted();
  const asked = verdict.ranges.map(([start, end]) => `${start}-${end}`).toSorted();
  if (told.join() !== asked.join()) return `the parts are ${told.join()}`;
  const isRight = parts.every(({ start, end, bytes }) => bytes.equals(whole.subarray(start, end + 1)));
  return isRight ? undefined : 'other bytes than a part has';
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** The parts of a `multipart/byteranges` answer (RFC 9110 §14.6); undefined when it is none. */
function readParts({ headers, body }: RawAnswer): readonly Part[] | undefined {
  const boundary = /^multipart\/byteranges; boundary=([\w'()+,./:=?-]{1,70})$/.exec(
    headers.get('content-type') ?? '',
  )?.[1];
  if (boundary === undefined) return undefined;
  const parts: Part[] = [];
  let position = 0;
  for (;;) {
    const lead = `${position === 0 ? '' : '\r\n'}--${boundary}`;
    if (body.toString('latin1', position, position + lead.length) !== lead) return undefined;
    position += lead.length;
    if (body.toString('latin1', position) === '--\r\n') return parts;
    const end = body.indexOf('\r\n\r\n', position);
    if (end === -1) return undefined;
    const [, first, last] = /content-range: bytes (\d+)-(\d+)\/\d+/i.exec(body.toString('latin1', position, end)) ?? [];
    if (first === undefined || last === undefined) return undefined;
    const size = Number(last) - Number(first) + 1;
    parts.push({ start: Number(first), end: Number(last), bytes: body.subarray(end + 4, end + 4 + size) });
    position = end + 4 + size;
  }
}
