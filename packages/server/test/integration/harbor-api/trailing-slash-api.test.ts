import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { readJson } from '../support/http-client.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';

const BASE = '/api/v2.0';
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Terraform's provider reads `/quotas/`, and Python's library writes `/metadatas`: Harbor takes both forms of every address. */
describe.each(ENGINES)('a slash at the end of an address on %s', (engine) => {
  let registry: OpenRegistry;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry.close());

  it.each([
    '/quotas',
    '/quotas/',
    '/quotas/?page=1&page_size=100',
    '/projects/team/metadatas',
    '/projects/team/metadatas/',
  ])('GET %s is served', async (path) => {
    expect((await registry.admin.send(`${BASE}${path}`)).status).toBe(200);
  });

  it.each(['/projects/team/metadatas', '/projects/team/metadatas/'])('POST %s is served', async (path) => {
    const name = path.endsWith('/') ? 'severity' : 'auto_scan';
    const body = JSON.stringify({ [name]: name === 'severity' ? 'high' : 'true' });
    const answer = await registry.admin.send(`${BASE}${path}`, { method: 'POST', headers: JSON_TYPE, body });
    expect(answer.status).toBe(200);
  });

  it('is in the document where the contract has it', async () => {
    const answer = await registry.anonymous.send(`${BASE}/openapi.json`);
    const { paths } = readJson<{ paths: Readonly<Record<string, object>> }>(answer);
    const served = Object.entries(paths).filter(([path]) => path.endsWith('/metadatas/'));
    expect(served.map(([, methods]) => Object.keys(methods).toSorted())).toEqual([['get', 'post']]);
  });

  it.each([BASE, `${BASE}/`])('GET %s leads to the page of the API', async (path) => {
    const answer = await registry.anonymous.send(path);
    expect([answer.status, answer.headers.location]).toEqual([302, '/devcenter-api-2.0']);
  });

  it.each(['/api/v2.0/nothing', '/api/v2.0/nothing/'])('%s is nothing', async (path) => {
    const answer = await registry.admin.send(path);
    expect([answer.status, answer.body.toString()]).toEqual([404, expect.stringContaining('no such operation')]);
  });
});
