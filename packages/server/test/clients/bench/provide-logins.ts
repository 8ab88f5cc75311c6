import assert from 'node:assert/strict';
import type { ForeignIssuer } from '../../support/foreign-issuer.ts';
import type { Login, Logins } from './login-kinds.ts';

const TOKEN_SECONDS = 8 * 3_600;
const PULL = [{ resource: 'repository', action: 'pull' }];

/**
 * Makes what the cells sign in with: each may read the project, and nothing else.
 * @param issuer of workload tokens, whom the server can reach
 */
export async function provideLogins(
  url: string,
  admin: Login,
  project: string,
  issuer: ForeignIssuer,
): Promise<Logins> {
  const post = async (path: string, body: object): Promise<Readonly<Record<string, string>>> => {
    const basic = Buffer.from(`${admin.username}:${admin.password}`).toString('base64');
    const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${basic}` };
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 201, `${path}: ${answer.status}`);
    return (await answer.json()) as Readonly<Record<string, string>>;
  };
  const permissions = [{ kind: 'project', namespace: project, access: PULL }];
  const token = await post('/api/roadstead/v1/access-tokens', { name: 'clients', expiresInDays: 1, permissions });
  const robot = await post('/api/v2.0/robots', { name: 'clients', level: 'project', duration: 1, permissions });
  const rule = await post(`/api/roadstead/v1/projects/${project}/workload-rules`, {
    name: 'clients',
    issuer: issuer.issuer,
    conditions: { repository: ['octo-org/clients'] },
    permissions: PULL,
  });
  const now = Math.floor(Date.now() / 1_000);
  const workload = await issuer.sign({
    ...{ iss: issuer.issuer, aud: rule['audience'], iat: now, nbf: now, exp: now + TOKEN_SECONDS },
    ...{ sub: 'repo:octo-org/clients:ref:refs/heads/main', repository: 'octo-org/clients' },
  });
  return {
    'a workload token': { username: 'oidc', password: workload },
    'an access token': { username: admin.username, password: token['token'] ?? '' },
    'a robot’s secret': { username: robot['name'] ?? '', password: robot['secret'] ?? '' },
  };
}
