import { readdir, readlink } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { freshBytes } from './support/sample-content.ts';

const DOWNLOADS = 40;

describe('downloads that clients break off', () => {
  let registry: OpenRegistry;
  let path: string;
  const bytes = freshBytes(8_000_000);

  beforeAll(async () => {
    registry = await openRegistry();
    await registry.admin.createProject('team');
    path = `/v2/team/app/blobs/${await registry.admin.pushBlob('team/app', bytes)}`;
  });
  afterAll(() => registry?.close());

  /** Files of the blobs folder that this process, and so the server, holds open. */
  async function countOpenBlobs(): Promise<number> {
    const descriptors = await readdir('/proc/self/fd');
    const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
    return targets.filter((target) => target.startsWith(registry.config.dataDir) && target.includes('/blobs/')).length;
  }

  function breakOff(headers: Record<string, string>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = request(`${registry.url}${path}`, { headers: { authorization: registry.authorization, ...headers } });
    asked.on('response', (response) => response.once('data', () => response.destroy()));
    asked.on('error', () => undefined);
    asked.on('close', () => resolve());
    asked.end();
    return promise;
  }

  it('leave no file open and no request in flight, and others are served whole meanwhile', async () => {
    const broken = Array.from({ length: DOWNLOADS }, (_, index) =>
      breakOff(index % 2 === 0 ? {} : { Range: 'bytes=0-3999999,4000001-7999999' }),
    );
    const whole = await registry.admin.get(path);
    expect(whole.body.equals(bytes)).toBe(true);
    await Promise.all(broken);
    await expect.poll(countOpenBlobs).toBe(0);
    await expect
      .poll(() => registry.logLines.filter((line) => line.includes('"complete":false')).length)
      .toBe(DOWNLOADS);
    expect(registry.logLines.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
