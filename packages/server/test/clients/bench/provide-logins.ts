import assert from 'node:assert/strict';
import type { Login, Logins } from './login-kinds.ts';

const PULL = [{ resource: 'repository', action: 'pull' }];

/** Makes what the cells sign in with: each may read the project, and nothing else. */
export async function provideLogins(url: string, admin: Login, project: string): Promise<Logins> {
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
  return {
    'an access token': { username: admin.username, password: token['token'] ?? '' },
    'a robot’s secret': { username: robot['name'] ?? '', password: robot['secret'] ?? '' },
  };
}
