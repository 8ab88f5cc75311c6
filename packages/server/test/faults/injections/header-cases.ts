import { statusOf } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { CURRENT_USER } from '../management/page.ts';
import { showBytes } from '../raw-request.ts';
import { basicAuthorization } from '../seeded-accounts.ts';
import { forwardedFor } from '../trusted-proxy.ts';
import { askInert } from './check-inert.ts';
import { COSTLY_TEXTS, HOSTILE_TEXTS, toHeaderValue } from './hostile-texts.ts';

const NAMES = [
  ...['User-Agent', 'X-Request-Id', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Forwarded', 'Referer'],
  ...['Origin', 'Accept', 'Accept-Language', 'Cookie', 'X-Is-Resource-Name', 'X-Real-IP', 'Via', 'Traceparent'],
];
const ID = /^[A-Za-z0-9._:+/=@-]{1,128}$/;

/** Texts in headers, and as names in credentials. */
export function createHeaderCases({ accounts, content }: Target): readonly FaultCase[] {
  const targets = [CURRENT_USER, `/v2/${content.repository}/tags/list`, '/nothing/here'];
  return [
    ...HOSTILE_TEXTS.map(
      (text): FaultCase => ({
        name: `${showBytes(text)} in headers`,
        run: async (run) => {
          for (const name of NAMES) {
            for (const target of targets) {
              const answer = await askInert(run, { method: 'GET', target, headers: [[name, toHeaderValue(text)]] });
              const id = typeof answer === 'string' ? '' : (answer.headers.get('x-request-id') ?? '');
              // What is refused by its form has no id: it never became a request.
              if (!ID.test(id) && statusOf(answer) !== 400) run.complain(`X-Request-Id is ${showBytes(id)}`);
            }
          }
        },
      }),
    ),
    ...COSTLY_TEXTS.map(
      (text): FaultCase => ({
        name: `${showBytes(text)} as a name in credentials`,
        run: async (run) => {
          for (const target of [CURRENT_USER, '/v2/', '/service/token?service=harbor-registry']) {
            const authorization = basicAuthorization({ username: text, password: 'x' });
            const headers = [['Authorization', authorization] as const, forwardedFor()];
            const answer = await askInert(run, { method: 'GET', target, headers });
            if (![401, 431].includes(Number(statusOf(answer)))) run.complain(`${target}: ${statusOf(answer)}`);
          }
        },
      }),
    ),
    ...COSTLY_TEXTS.map(
      (text): FaultCase => ({
        name: `${showBytes(text)} as a password`,
        run: async (run) => {
          const authorization = basicAuthorization({ ...accounts.outsider, password: text });
          const headers = [['Authorization', authorization] as const, forwardedFor()];
          const answer = await askInert(run, { method: 'GET', target: CURRENT_USER, headers });
          if (![401, 431].includes(Number(statusOf(answer)))) run.complain(`it answers ${statusOf(answer)}`);
        },
      }),
    ),
    ...COSTLY_TEXTS.map(
      (text): FaultCase => ({
        name: `${showBytes(text)} at the sign-in`,
        run: async (run) => {
          const fields = { username: text, password: text };
          const type = (value: string) => [['Content-Type', value] as const, forwardedFor()];
          for (const request of [
            { target: '/api/roadstead/v1/session', headers: type('application/json'), text: JSON.stringify(fields) },
            {
              target: `/c/login?redirect_url=${encodeURIComponent(text.toWellFormed())}`,
              headers: type('application/x-www-form-urlencoded'),
              text: new URLSearchParams({ principal: text, password: text, redirect_url: text }).toString(),
            },
          ]) {
            const { target, headers } = request;
            const body = Buffer.from(request.text);
            const answer = await askInert(run, { method: 'POST', target, headers, body, isAnonymous: true });
            if (![400, 401, 414, 422].includes(Number(statusOf(answer))))
              run.complain(`it answers ${statusOf(answer)}`);
          }
        },
      }),
    ),
  ];
}
