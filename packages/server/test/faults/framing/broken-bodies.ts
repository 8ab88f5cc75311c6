import { setTimeout as delay } from 'node:timers/promises';
import { expectStatus } from '../case-runner.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import { UPLOADED_BYTES } from '../seeded-content.ts';
import {
  type Attack,
  expectOneOf,
  head,
  putHead,
  refusedCase,
  smuggledPut,
  usual,
  VALID_BODY,
  victimPath,
} from './script.ts';

const HALF = VALID_BODY.slice(0, Math.floor(VALID_BODY.length / 2));

/** A body that stops: the whole would have been accepted. */
const HALF_BODIES: Readonly<Record<string, Attack>> = {
  'half a manifest': (run) => putHead(run, `Content-Length: ${VALID_BODY.length}`) + HALF,
  'a manifest but for its last byte': (run) =>
    putHead(run, `Content-Length: ${VALID_BODY.length}`) + VALID_BODY.slice(0, -1),
  'no byte of a manifest': (run) => putHead(run, `Content-Length: ${VALID_BODY.length}`),
  'a whole manifest in a chunk that goes on': (run) =>
    `${putHead(run, 'Transfer-Encoding: chunked')}ff\r\n${VALID_BODY}`,
  'a whole manifest in chunks without the last one': (run) =>
    `${putHead(run, 'Transfer-Encoding: chunked')}${VALID_BODY.length.toString(16)}\r\n${VALID_BODY}\r\n`,
  'a whole manifest in chunks, the last one cut': (run) =>
    `${putHead(run, 'Transfer-Encoding: chunked')}${VALID_BODY.length.toString(16)}\r\n${VALID_BODY}\r\n0\r\n`,
  'half a head': (run) => putHead(run, `Content-Length: ${VALID_BODY.length}`).slice(0, 60),
  'half a blob in one POST': (run) => blobPost(run, 'Content-Length: 65536') + '\0'.repeat(30_000),
  'half a blob in one POST, in chunks': (run) => `${blobPost(run, 'Transfer-Encoding: chunked')}5\r\nhello\r\n`,
};

function blobPost(run: CaseRun, framing: string): string {
  const { repository, blob } = run.target.content;
  return head(`POST /v2/${repository}/blobs/uploads/?digest=${blob.digest} HTTP/1.1`, ...usual(run), framing);
}

/** Each body ends in three ways: the connection is closed, reset, or closed for writing only. */
export function createBrokenBodyCases(): readonly FaultCase[] {
  return [
    ...Object.entries(HALF_BODIES).flatMap(([name, attack]) => [
      abandonedCase(`${name}, then the connection is cut`, attack, 'destroy'),
      abandonedCase(`${name}, then nothing more is sent`, attack, 'finish'),
    ]),
    ...['destroy', 'finish'].map((ending) => brokenChunkCase(ending === 'destroy' ? 'destroy' : 'finish')),
    refusedCase(
      'a body longer than Content-Length says',
      (run) => `${putHead(run, 'Content-Length: 3')}${VALID_BODY}${smuggledPut(run)}`,
      [400],
    ),
    refusedCase('a body where none was announced', (run) => `${putHead(run)}${VALID_BODY}`, [400]),
  ];
}

function abandonedCase(name: string, attack: Attack, ending: 'destroy' | 'finish'): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      socket.write(attack(run));
      // The server has it before the end comes.
      await delay(50);
      if (ending === 'destroy') socket.destroy();
      else {
        socket.finish();
        const answer = await socket.read('PUT', 5_000);
        run.check(answer, { method: 'PUT', target: '/v2/' });
        expectOneOf(run, answer, [400, 'closed']);
      }
      await expectStatus(run, { method: 'HEAD', target: victimPath(run) }, [404]);
    },
  };
}

/** What came of a chunk may be kept or not, but the upload says which, and goes on from there. */
function brokenChunkCase(ending: 'destroy' | 'finish'): FaultCase {
  return {
    name: `a chunk of an upload that stops half-way (${ending})`,
    run: async (run) => {
      const { content } = run.target;
      const opened = await run.ask({ method: 'POST', target: `/v2/${content.repository}/blobs/uploads/` });
      const location = typeof opened === 'string' ? '' : (opened.headers.get('location') ?? '');
      await expectStatus(run, { method: 'PATCH', target: location, body: Buffer.alloc(UPLOADED_BYTES) }, [202]);
      const socket = await run.open();
      socket.write(
        head(`PATCH ${location} HTTP/1.1`, ...usual(run), 'Content-Length: 100', 'Content-Range: 10-109') +
          'x'.repeat(50),
      );
      await delay(50);
      if (ending === 'destroy') socket.destroy();
      else socket.finish();
      await socket.waitForEnd(5_000);
      const status = await expectStatus(run, { method: 'GET', target: location }, [204]);
      if (typeof status === 'string') return;
      const held = Number(status.headers.get('range')?.split('-')[1]) + 1;
      if (held !== UPLOADED_BYTES)
        run.complain(`the upload holds ${held} bytes, and ${UPLOADED_BYTES} were acknowledged`);
      await expectStatus(run, { method: 'DELETE', target: location }, [204]);
    },
  };
}
