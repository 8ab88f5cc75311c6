import { setTimeout as delay } from 'node:timers/promises';
import { expectStatus } from '../case-runner.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import type { RawSocket } from '../raw-socket.ts';
import { type Attack, expectOneOf, getHead, head, putHead, usual, VALID_BODY, victimPath } from './script.ts';

/** The server of the test gives heads two seconds, and looks every second. */
export const HEADERS_TIMEOUT_MS = 2_000;
const HEAD_CUT_MS = HEADERS_TIMEOUT_MS + 3_000;
/** A body that brings less than the minimum rate is measured over ten seconds. */
const BODY_CUT_MS = 25_000;
const DRIP_MS = 400;
const SLOW_CONNECTIONS = 200;
const MAX_SERVED_MS = 2_000;

/** Clients that take their time: heads are cut in time, bodies by their rate, and others are served meanwhile. */
export function createSlowClientCases(): readonly FaultCase[] {
  return [
    slowCase('a head that comes byte by byte', (run) => getHead(run), HEAD_CUT_MS),
    slowCase(
      'headers without end, one every moment',
      (run) => `${getHead(run).slice(0, -2)}${'X: a\r\n'.repeat(2_000)}`,
      HEAD_CUT_MS,
    ),
    slowCase(
      'a request line that does not end',
      () => 'GET /v2/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      HEAD_CUT_MS,
    ),
    silentCase('half a head, then silence', (run) => getHead(run).slice(0, 40), HEAD_CUT_MS),
    silentCase('one byte, then silence', () => 'G', HEAD_CUT_MS),
    silentCase('a request, then half a head, then silence', (run) => `${getHead(run)}GET /v2/ HT`, HEAD_CUT_MS),
    silentCase(
      'half a manifest, then silence',
      (run) => putHead(run, `Content-Length: ${VALID_BODY.length}`) + VALID_BODY.slice(0, 20),
      BODY_CUT_MS,
    ),
    silentCase(
      'a promise of a manifest, then silence',
      (run) => putHead(run, `Content-Length: ${VALID_BODY.length}`),
      BODY_CUT_MS,
    ),
    silentCase(
      'a promise of a manifest after 100-continue, then silence',
      (run) => putHead(run, 'Expect: 100-continue', `Content-Length: ${VALID_BODY.length}`),
      BODY_CUT_MS,
    ),
    silentCase(
      'half a chunk of a manifest, then silence',
      (run) => `${putHead(run, 'Transfer-Encoding: chunked')}40\r\nabc`,
      BODY_CUT_MS,
    ),
    silentCase(
      'half a form for a token, then silence',
      ({ target }) =>
        `${head('POST /service/token HTTP/1.1', `Host: ${target.host}`, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 1000')}grant_type=`,
      BODY_CUT_MS,
    ),
    silentCase(
      'half a project, then silence',
      (run) =>
        `${head('POST /api/v2.0/projects HTTP/1.1', ...usual(run), 'Content-Type: application/json', 'Content-Length: 1000')}{"project_name":`,
      BODY_CUT_MS,
    ),
    slowBodyCase('a manifest that comes byte by byte', (run) => putHead(run, `Content-Length: ${VALID_BODY.length}`)),
    slowBodyCase('a chunk of an upload that comes byte by byte', (run) =>
      head(
        `PATCH ${run.target.content.uploadPath} HTTP/1.1`,
        ...usual(run),
        'Content-Length: 1000',
        'Content-Range: 10-1009',
      ),
    ),
    slowlorisCase(),
  ];
}

/** Cut, with 408 or without an answer, in time. */
async function expectCut(run: CaseRun, socket: RawSocket, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await socket.read('PUT', deadline - performance.now());
    run.check(answer, { method: 'PUT', target: '/v2/' });
    if (typeof answer !== 'string' && answer.status === 200) continue;
    expectOneOf(run, answer, [408, 'closed']);
    break;
  }
  if (!(await socket.waitForEnd(Math.max(1_000, deadline - performance.now()))))
    run.complain('the connection stays open');
}

function silentCase(name: string, attack: Attack, withinMs: number): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      socket.write(attack(run));
      await expectCut(run, socket, withinMs);
      await expectStatus(run, { method: 'HEAD', target: victimPath(run) }, [404]);
    },
  };
}

function slowCase(name: string, attack: Attack, withinMs: number): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      const cut = expectCut(run, socket, withinMs);
      await drip(socket, attack(run), withinMs);
      await cut;
    },
  };
}

function slowBodyCase(name: string, attack: Attack): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      socket.write(attack(run));
      const cut = expectCut(run, socket, BODY_CUT_MS);
      await drip(socket, VALID_BODY, BODY_CUT_MS);
      await cut;
      await expectStatus(run, { method: 'HEAD', target: victimPath(run) }, [404]);
    },
  };
}

async function drip(socket: RawSocket, text: string, forMs: number): Promise<void> {
  const deadline = performance.now() + forMs;
  for (const character of text) {
    if (socket.isEnded || performance.now() > deadline) return;
    socket.write(character);
    await delay(DRIP_MS);
  }
}

function slowlorisCase(): FaultCase {
  return {
    name: `${SLOW_CONNECTIONS} slow connections while another client is served`,
    run: async (run) => {
      const sockets = await Promise.all(Array.from({ length: SLOW_CONNECTIONS }, () => run.open()));
      for (const socket of sockets) socket.write(getHead(run).slice(0, 50));
      for (let round = 0; round < 20; round += 1) {
        const startedAt = performance.now();
        await expectStatus(
          run,
          { method: 'GET', target: `/v2/${run.target.content.repository}/manifests/latest` },
          [200],
        );
        const tookMs = performance.now() - startedAt;
        if (tookMs > MAX_SERVED_MS) run.complain(`another client waited ${tookMs.toFixed(0)} ms`);
        for (const socket of sockets) socket.write('a');
        await delay(50);
      }
      const ends = await Promise.all(sockets.map((socket) => socket.waitForEnd(HEAD_CUT_MS)));
      const open = ends.filter((isEnded) => !isEnded).length;
      if (open > 0) run.complain(`${open} of the slow connections stay open`);
    },
  };
}
