import type { CaseRun, FaultCase } from '../fault-class.ts';
import type { RawAnswer } from '../raw-answer.ts';
import { showBytes } from '../raw-request.ts';
import { expectOneOf, head } from './script.ts';

const EVIL = 'evil.example';
const HOSTS = [
  EVIL,
  `${EVIL}:80`,
  `127.0.0.1@${EVIL}`,
  `${EVIL}#127.0.0.1`,
  `127.0.0.1.${EVIL}`,
  `"${EVIL}`,
  `${EVIL}\\`,
  `${EVIL}/../`,
  `[${EVIL}]`,
  `${EVIL},x`,
  `a b.${EVIL}`,
  `${EVIL}?x=1`,
];
const FORWARDING = [
  ['X-Forwarded-Host', EVIL],
  ['X-Forwarded-Server', EVIL],
  ['Forwarded', `host=${EVIL};proto=https`],
  ['X-Host', EVIL],
  ['X-Original-Host', EVIL],
  ['Origin', `https://${EVIL}`],
  ['Referer', `https://${EVIL}/`],
] as const;

/** A host of the attacker's must come back in no realm, Location, Link or CORS header. */
export function createHostCases(): readonly FaultCase[] {
  return [
    ...HOSTS.flatMap((host) => [
      hostCase(`Host: ${showBytes(host)}, without credentials`, (run) => requestHead(run, `Host: ${host}`, false)),
      hostCase(`Host: ${showBytes(host)}, beginning an upload`, (run) => requestHead(run, `Host: ${host}`, true)),
      hostCase(`Host: ${showBytes(host)}, listing tags`, (run) => tagsHead(run, `Host: ${host}`)),
    ]),
    ...FORWARDING.flatMap(([name, value]) => [
      hostCase(`${name}: ${value}, without credentials`, (run) =>
        requestHead(run, `Host: ${run.target.host}\r\n${name}: ${value}`, false),
      ),
      hostCase(`${name}: ${value}, listing tags`, (run) =>
        tagsHead(run, `Host: ${run.target.host}\r\n${name}: ${value}`),
      ),
    ]),
    hostCase('an absolute URI of another host', (run) =>
      head(`GET http://${EVIL}/v2/ HTTP/1.1`, `Host: ${run.target.host}`),
    ),
    hostCase('an absolute URI of this host, and another Host', (run) =>
      head(`GET http://${run.target.host}/v2/ HTTP/1.1`, `Host: ${EVIL}`),
    ),
  ];
}

function requestHead({ target }: CaseRun, hostLine: string, isPush: boolean): string {
  if (!isPush) return head('GET /v2/ HTTP/1.1', hostLine);
  const lines = [`Authorization: ${target.authorization}`, 'Content-Length: 0'];
  return head(`POST /v2/${target.content.repository}/blobs/uploads/ HTTP/1.1`, hostLine, ...lines);
}

function tagsHead({ target }: CaseRun, hostLine: string): string {
  const authorization = `Authorization: ${target.authorization}`;
  return head(`GET /v2/${target.content.repository}/tags/list?n=1 HTTP/1.1`, hostLine, authorization);
}

function hostCase(name: string, attack: (run: CaseRun) => string): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      socket.write(attack(run));
      const answer = await socket.read('GET');
      run.check(answer, { method: 'GET', target: '/v2/' });
      expectOneOf(run, answer, [200, 202, 400, 401, 404, 421]);
      if (typeof answer !== 'string') expectNoEcho(run, answer);
    },
  };
}

function expectNoEcho(run: CaseRun, { head: lines, headers }: RawAnswer): void {
  if (lines.includes(EVIL))
    run.complain(`the attacker's host comes back: ${showBytes(lines.slice(lines.indexOf(EVIL) - 60))}`);
  const origin = headers.get('access-control-allow-origin');
  if (origin !== undefined) run.complain(`Access-Control-Allow-Origin: ${origin}`);
}
