import { expectStatus } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { isDone, readDocument } from '../management/json-request.ts';
import { COOKIE_NAME, CSRF_HEADER, CURRENT_USER, SESSIONS, withPage } from '../management/page.ts';
import type { RawRequest } from '../raw-request.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const QUERY_NAMES = [COOKIE_NAME, '__Host-sid', 'session', 'session_id', 'token', 'access_token', 'cookie', 'Cookie'];
/** Headers, with what stands in them made of the secret and the account's name. */
const HEADERS: readonly (readonly [string, (secret: string, username: string) => string])[] = [
  ...['Bearer', 'bearer', 'Session', 'Token', 'Cookie', 'Basic'].map(
    (scheme) => ['Authorization', (secret: string) => `${scheme} ${secret}`] as const,
  ),
  ['Authorization', (secret) => `Bearer ${COOKIE_NAME}=${secret}`],
  ['Authorization', (secret) => `Bearer roadstead_pat_${secret}`],
  ['Authorization', (secret) => `Basic ${base64(`${secret}:`)}`],
  ['Authorization', (secret) => `Basic ${base64(`:${secret}`)}`],
  ['Authorization', (secret, username) => `Basic ${base64(`${username}:${secret}`)}`],
  ...['X-Session', 'X-Session-Id', 'X-Auth-Token', 'Set-Cookie', 'Cookie2', 'X-Forwarded-Cookie', CSRF_HEADER].map(
    (name) => [name, (secret: string) => `${COOKIE_NAME}=${secret}`] as const,
  ),
];

/** A session is shown by its cookie on the management API, and by nothing else and nowhere else. */
export function createMisplacedSecretCases(target: Target): readonly FaultCase[] {
  const { outsider } = target.accounts;
  const refused = (name: string, make: (secret: string) => RawRequest): FaultCase => ({
    name: `a session's secret ${name}`,
    run: (run) =>
      withPage(run, outsider, async ({ secret }) => {
        await expectStatus(run, { ...make(secret), isAnonymous: true }, [400, 401, 404, 422]);
      }),
  });
  return [
    ...QUERY_NAMES.map((name) =>
      refused(`in the query as ${name}`, (secret) => ({ method: 'GET', target: `${CURRENT_USER}?${name}=${secret}` })),
    ),
    ...[`;${COOKIE_NAME}=`, ';jsessionid=', '/'].map((before) =>
      refused(`in the path behind ${before}`, (secret) => ({
        method: 'GET',
        target: `${CURRENT_USER}${before}${secret}`,
      })),
    ),
    ...HEADERS.map(([name, value]) =>
      refused(`in ${name}: ${value('SECRET', 'NAME').slice(0, 40)}`, (secret) => ({
        method: 'GET',
        target: CURRENT_USER,
        headers: [[name, value(secret, outsider.username)]],
      })),
    ),
    refused('in the body', (secret) => ({
      method: 'DELETE',
      target: SESSIONS,
      headers: [['Content-Type', 'application/json']],
      body: Buffer.from(JSON.stringify({ [COOKIE_NAME]: secret, session: secret })),
    })),
    ...createRegistryCases(target),
  ];
}

/** On `/v2`, and where registry tokens are given, a cookie is nobody's. */
function createRegistryCases({ accounts, content }: Target): readonly FaultCase[] {
  const { scratchRepository: repository, image } = content;
  const requests: readonly RawRequest[] = [
    { method: 'GET', target: '/v2/' },
    { method: 'GET', target: '/v2/_catalog' },
    { method: 'GET', target: `/v2/${repository}/manifests/${image.digest}` },
    { method: 'HEAD', target: `/v2/${repository}/manifests/${image.digest}` },
    { method: 'GET', target: `/v2/${repository}/tags/list` },
    { method: 'PUT', target: `/v2/${repository}/manifests/forged`, body: image.bytes },
    { method: 'POST', target: `/v2/${repository}/blobs/uploads/` },
    { method: 'DELETE', target: `/v2/${repository}/manifests/${image.digest}` },
  ];
  return [
    ...requests.flatMap((request) =>
      [COOKIE_NAME, '__Host-sid'].map(
        (name): FaultCase => ({
          name: `a session as ${name} at ${request.method} ${request.target}`,
          run: (run) =>
            withPage(run, accounts.owner, async ({ secret, csrfToken }) => {
              const headers = [['Cookie', `${name}=${secret}`] as const, [CSRF_HEADER, csrfToken] as const];
              await expectStatus(run, { ...request, headers, isAnonymous: true }, [401]);
            }),
        }),
      ),
    ),
    {
      name: 'a session at the token service',
      run: (run) =>
        withPage(run, accounts.owner, async (page) => {
          const scope = `repository:${repository}:pull,push`;
          const asked = `/service/token?service=harbor-registry&scope=${encodeURIComponent(scope)}`;
          const answer = await page.send({ method: 'GET', target: asked });
          if (!isDone(answer)) return;
          const { token } = readDocument<{ token: string }>(answer);
          const headers = [['Authorization', `Bearer ${token}`]] as const;
          await expectStatus(run, { method: 'GET', target: `/v2/${repository}/tags/list`, headers }, [401]);
        }),
    },
  ];
}
