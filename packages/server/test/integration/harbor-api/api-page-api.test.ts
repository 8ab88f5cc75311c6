import { gunzipSync } from 'node:zlib';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HARBOR_OPERATIONS } from '../../../src/api/harbor/openapi/harbor-operations.ts';
import { createOpenApi } from '../../../src/api/harbor/openapi/open-api.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';

const DOCUMENT = '/api/v2.0/openapi.json';
const PAGE = '/devcenter-api-2.0';

describe('the description of the API', () => {
  let registry: OpenRegistry;
  beforeAll(async () => {
    registry = await openRegistry({ engine: 'sqlite' });
  });
  afterAll(async () => registry?.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    registry.anonymous.send(path, { method: 'GET', headers });

  it('is a valid OpenAPI 3.1 document of all operations', async () => {
    const document = createOpenApi(HARBOR_OPERATIONS, '1.0.0');
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
  });

  it('is served, of what is there, to anyone', async () => {
    const answer = await get(DOCUMENT);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    const document = JSON.parse(answer.text) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    const validator = new Validator();
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const count = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
    console.info(`${count} of ${HARBOR_OPERATIONS.length} operations are served`);
    expect(count).toBeGreaterThan(30);
    for (const path of Object.keys(document.paths)) {
      const [method = ''] = Object.keys(document.paths[path] ?? {});
      const url = `/api/v2.0${path.replaceAll(/\{\w+\}/g, '999')}`;
      const { text } = await registry.admin.send(url, { method: method.toUpperCase() });
      expect([method, path, text.includes('no such operation')]).toEqual([method, path, false]);
    }
  });

  it.each([DOCUMENT, PAGE])('is sent again only when it is another one: %s', async (path) => {
    const first = await get(path);
    const etag = String(first.headers['etag']);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'if-none-match': known });
      expect([known, again.status, again.text]).toEqual([known, 304, '']);
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
    const packed = await get(path, { 'accept-encoding': 'br, gzip' });
    expect([packed.headers['content-encoding'], packed.headers['vary']]).toEqual(['gzip', 'Accept-Encoding']);
    expect(gunzipSync(packed.body).toString()).toBe(first.text);
    for (const not of ['br', 'gzip;q=0', 'identity']) {
      expect((await get(path, { 'accept-encoding': not })).headers['content-encoding']).toBeUndefined();
    }
  });

  it('is a page whose links all lead somewhere, that loads and runs nothing', async () => {
    const { status, text, headers } = await get(PAGE);
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|javascript:|<img|<link|@import|url\(/i);
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...text.matchAll(/ href="([^"]+)"/g)].map(([, href]) => href ?? '');
    for (const link of links) expect(link === DOCUMENT || ids.has(link.slice(1)), link).toBe(true);
    expect(ids.has('listUsers')).toBe(true);
    for (const path of ['/api/v2.0', '/api/v2.0/']) {
      const moved = await get(path);
      expect([moved.status, moved.headers.location]).toEqual([302, PAGE]);
    }
  });
});
