import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const PASSWORD = 'Some-Password-1';

describe.each(ENGINES)('bodies on %s', (engine) => {
  let registry: OpenRegistry;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.post('/api/v2.0/projects', JSON.stringify({ project_name: 'there' }), JSON_TYPE);
  });
  afterAll(() => registry?.close());

  it.each([
    ['/api/v2.0/projects', { project_name: ['listed'] }],
    ['/api/v2.0/projects', { project_name: { listed: true } }],
    ['/api/v2.0/users', { username: ['listed'], password: PASSWORD }],
    ['/api/v2.0/users', { username: 'listed', password: [PASSWORD] }],
    ['/api/v2.0/users', { username: 'listed', password: PASSWORD, email: ['listed@example.com'] }],
    ['/api/roadstead/v1/users', { username: ['listed'], password: PASSWORD }],
    ['/api/v2.0/usergroups', { group_name: ['listed'], group_type: 2 }],
    ['/api/v2.0/projects/there/members', { role_id: 5, member_user: { username: ['admin'] } }],
  ])('with a list where a text stands are refused: POST %s %j', async (path, body) => {
    const answer = await registry.admin.post(path, JSON.stringify(body), JSON_TYPE);
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('UNPROCESSABLE_ENTITY')]);
    const shown = [
      ...readJson<readonly object[]>(await registry.admin.get('/api/v2.0/projects')),
      ...readJson<readonly object[]>(await registry.admin.get('/api/v2.0/users')),
      ...readJson<readonly object[]>(await registry.admin.get('/api/v2.0/usergroups')),
    ];
    expect(JSON.stringify(shown)).not.toContain('listed');
  });
});
