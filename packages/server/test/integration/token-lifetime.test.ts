import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

describe('registry tokens', () => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ env: { ROADSTEAD_TOKEN_TTL: '5m' } });
  });
  afterAll(() => registry?.close());

  it('live as long as ROADSTEAD_TOKEN_TTL says', async () => {
    const answer = await registry.admin.get('/service/token?service=harbor-registry');
    expect(answer.status).toBe(200);
    expect(readJson(answer)).toMatchObject({ expires_in: 300 });
  });
});
