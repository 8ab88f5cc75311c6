import { expectStatus } from '../case-runner.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import { type RawRequest, showBytes, toByteString } from '../raw-request.ts';

/** What the upload holds before the hostile chunk. */
const HELD = Buffer.alloc(10, 'a');
const CHUNK = Buffer.alloc(10, 'b');

/** Chunks that begin elsewhere than the upload ends (spec: 416), well-formed in themselves. */
const OUT_OF_ORDER = [
  ...['0-9', '9-18', '11-20', '5-14', '1-10', '20-29', '100-109', '1000000000000-1000000000009', '8-17', '12-21'],
  ...[
    'bytes 0-9/20',
    'bytes 11-20/*',
    'bytes 20-29/30',
    'bytes 5-14/15',
    'BYTES 0-9/*',
    '00-9',
    '9007199254740980-9007199254740989',
  ],
];

/** What is no place of a chunk at all, or none of these ten bytes. */
const MALFORMED = [
  ...[
    '',
    ' ',
    '-',
    '10',
    '10-',
    '-19',
    '-10-19',
    '--',
    '10--19',
    '-1-8',
    '10-9',
    '19-10',
    '10-19-',
    '10-19/',
    '10-19/20',
    '10-19/*',
  ],
  ...[
    'bytes',
    'bytes ',
    'bytes 10-19',
    'bytes */20',
    'bytes 10-19/',
    'bytes 10-19/x',
    'bytes 10-19/-1',
    'bytes 10-19/19',
    'bytes=10-19',
  ],
  ...[
    'bytes 10-19/10',
    'bytes -10-19/20',
    'items 10-19/20',
    'byte 10-19/20',
    '10-19,20-29',
    '10-19, 10-19',
    '10 - 19',
    '10–19',
    '10_19',
  ],
  ...[
    '0x0a-0x13',
    '1e1-19',
    '10.0-19.0',
    '+10-19',
    '10-+19',
    '1a-19',
    'ten-19',
    '*-*',
    '*',
    '١٠-١٩',
    '10-19\t20',
    'NaN-19',
    'Infinity-19',
  ],
  ...[
    '10-18446744073709551615',
    '18446744073709551616-18446744073709551625',
    `10-${'9'.repeat(400)}`,
    `${'1'.repeat(8_000)}-19`,
  ],
  ...[
    '10-9007199254740992',
    '99999999999999999-99999999999999999',
    '10;19',
    '10/19',
    '[10-19]',
    '"10-19"',
    "'10-19'",
    '{}',
    'null',
    'true',
  ],
];

/** Right at its beginning, and of another length than the ten bytes that come. */
const WRONG_LENGTHS = [
  '10-10',
  '10-18',
  '10-20',
  '10-29',
  '10-1000',
  '10-9007199254740990',
  'bytes 10-29/30',
  'bytes 10-18/*',
  '010-18',
];

type Sending = 'PATCH' | 'PATCH in chunks' | 'PUT';
const SENDINGS: readonly Sending[] = ['PATCH', 'PATCH in chunks', 'PUT'];

/** Hostile chunks: each is refused, the upload holds what it held, and goes on from there. */
export function createChunkCases(): readonly FaultCase[] {
  const headers = [
    ...OUT_OF_ORDER.map((header) => ({ header, allowed: [416] })),
    ...MALFORMED.map((header) => ({ header: toByteString(header), allowed: [400, 416] })),
    ...WRONG_LENGTHS.map((header) => ({ header, allowed: [400] })),
  ];
  const sent = headers.flatMap(({ header, allowed }) =>
    SENDINGS.map((sending) =>
      chunkCase(`${sending} with Content-Range: ${showBytes(header)}`, allowed, (location) => [
        chunkRequest(sending, location, [['Content-Range', header]]),
      ]),
    ),
  );
  return [...sent, ...createHeaderCases()];
}

function createHeaderCases(): readonly FaultCase[] {
  const twice = (first: string, second: string): FaultCase =>
    chunkCase(`PATCH with two Content-Range headers, ${first} and ${second}`, [400, 416], (location) => [
      chunkRequest('PATCH', location, [
        ['Content-Range', first],
        ['Content-Range', second],
      ]),
    ]);
  return [
    ...[twice('0-9', '10-19'), twice('10-19', '0-9'), twice('10-19', '10-19'), twice('10-19', 'x')],
    chunkCase('PATCH of no bytes with Content-Range: 10-19', [400, 416], (location) => [
      { method: 'PATCH', target: location, headers: [['Content-Range', '10-19']], body: Buffer.alloc(0) },
    ]),
    chunkCase('the same chunk twice', [416], (location) => [
      chunkRequest('PATCH', location, [['Content-Range', '0-9']]),
      chunkRequest('PATCH', location, [['Content-Range', '0-9']]),
    ]),
  ];
}

function chunkRequest(sending: Sending, location: string, headers: readonly (readonly [string, string])[]): RawRequest {
  const method = sending === 'PUT' ? 'PUT' : 'PATCH';
  // Of other bytes: an upload that was closed by mistake would not be kept under it.
  const target = sending === 'PUT' ? `${location}?digest=sha256:${'0'.repeat(64)}` : location;
  if (sending !== 'PATCH in chunks') return { method, target, headers, body: CHUNK };
  const body = Buffer.from(`${CHUNK.length.toString(16)}\r\n${CHUNK.toString('latin1')}\r\n0\r\n\r\n`);
  return { method, target, headers: [...headers, ['Transfer-Encoding', 'chunked']], body };
}

function chunkCase(
  name: string,
  allowed: readonly number[],
  listRequests: (location: string) => readonly RawRequest[],
): FaultCase {
  return {
    name,
    run: async (run) => {
      const location = await beginUpload(run);
      if (location === undefined) return;
      for (const request of listRequests(location)) await expectStatus(run, request, allowed);
      await expectRange(run, { method: 'GET', target: location }, 204, '0-9');
      await expectRange(run, chunkRequest('PATCH', location, [['Content-Range', '10-19']]), 202, '0-19');
      await expectStatus(run, { method: 'DELETE', target: location }, [204]);
    },
  };
}

/** @returns the path of an upload that holds HELD */
async function beginUpload(run: CaseRun): Promise<string | undefined> {
  const opened = await run.ask({ method: 'POST', target: `/v2/${run.target.content.repository}/blobs/uploads/` });
  const location = typeof opened === 'string' ? undefined : opened.headers.get('location');
  if (location === undefined) {
    run.complain('no upload could be begun');
    return undefined;
  }
  await expectStatus(
    run,
    { method: 'PATCH', target: location, headers: [['Content-Range', '0-9']], body: HELD },
    [202],
  );
  return location;
}

async function expectRange(run: CaseRun, request: RawRequest, status: number, range: string): Promise<void> {
  const answer = await expectStatus(run, request, [status]);
  if (typeof answer === 'string') return;
  const told = answer.headers.get('range');
  if (told !== range) run.complain(`after it, the upload holds ${told} rather than ${range}`);
}
