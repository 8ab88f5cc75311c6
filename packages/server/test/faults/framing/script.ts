import { statusOf } from '../case-runner.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import type { RawAnswer } from '../raw-answer.ts';
import type { NoAnswer } from '../raw-socket.ts';
import { EMPTY_INDEX } from '../seeded-content.ts';

export type Status = number | NoAnswer;

/** Bytes of one attack, made for the server that is attacked; one character for each byte. */
export type Attack = (run: CaseRun) => string;

/** The lines of a head, ended as HTTP wants it. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Host and Authorization of an ordinary request. */
export function usual({ target }: CaseRun): readonly [string, string] {
  return [`Host: ${target.host}`, `Authorization: ${target.authorization}`];
}

/** Path of a tag that is not there, and must not be after the attack. */
export function victimPath({ target }: CaseRun): string {
  return `/v2/${target.content.repository}/manifests/smuggled`;
}

export const VALID_BODY = EMPTY_INDEX.bytes.toString('latin1');
export const VALID_TYPE = `Content-Type: ${EMPTY_INDEX.mediaType}`;

/** A whole request that would set a tag, to hide in another one. */
export function smuggledPut(run: CaseRun): string {
  const lines = [`PUT ${victimPath(run)} HTTP/1.1`, ...usual(run), VALID_TYPE, `Content-Length: ${VALID_BODY.length}`];
  return head(...lines) + VALID_BODY;
}

/** The head of a push of VALID_BODY to the victim's path, with these lines for its framing. */
export function putHead(run: CaseRun, ...framing: readonly string[]): string {
  return head(`PUT ${victimPath(run)} HTTP/1.1`, ...usual(run), VALID_TYPE, ...framing);
}

export function getHead(run: CaseRun, ...lines: readonly string[]): string {
  return head(`GET /v2/${run.target.content.repository}/manifests/latest HTTP/1.1`, ...usual(run), ...lines);
}

/** Writes it all, and wants one answer of these statuses, then the end of the connection. */
export function refusedCase(name: string, attack: Attack, allowed: readonly Status[] = [400]): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      socket.write(attack(run));
      const answer = await socket.read('GET');
      run.check(answer, { method: 'GET', target: '/v2/' });
      expectOneOf(run, answer, allowed);
      if (typeof answer === 'string') return;
      if (!(await socket.waitForEnd(CLOSE_WAIT_MS))) run.complain('the connection stays open');
      if (socket.surplus.length > 0) run.complain(`a second answer came: ${socket.surplus.toString('latin1', 0, 40)}`);
    },
  };
}

const CLOSE_WAIT_MS = 5_000;

/** Writes it all, and wants answers of exactly these statuses, one after another. */
export function answeredCase(name: string, attack: Attack, statuses: readonly (readonly Status[])[]): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      socket.write(attack(run));
      for (const allowed of statuses) {
        const answer = await socket.read('GET');
        run.check(answer, { method: 'GET', target: '/v2/' });
        expectOneOf(run, answer, allowed);
        if (typeof answer === 'string') return;
      }
    },
  };
}

export function expectOneOf(run: CaseRun, answer: RawAnswer | NoAnswer, allowed: readonly Status[]): void {
  const status = statusOf(answer);
  if (!allowed.includes(status)) run.complain(`${status} rather than ${allowed.join(' or ')}`);
}
