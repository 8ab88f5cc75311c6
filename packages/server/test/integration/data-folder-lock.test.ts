import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../support/find-free-port.ts';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts');

// Two servers that appended to one upload stored a mixture of their bytes under the digest of one of them.
describe('a data folder', () => {
  let dataDir: string;
  let first: RunningRoadstead;

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'roadstead-lock-'));
    first = await startRoadstead({ dataDir });
  });
  afterAll(async () => {
    await first?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is served by one server: the second stops with a sentence that names the setting', async () => {
    const second = spawn(process.execPath, [MAIN, 'serve'], {
      env: {
        ...process.env,
        ROADSTEAD_DATA: dataDir,
        ROADSTEAD_LISTEN: `127.0.0.1:${await findFreePort()}`,
        ROADSTEAD_METRICS_LISTEN: '',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(second.stderr), once(second, 'exit')]);
    expect(code).toBe(2);
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(said).toContain('ROADSTEAD_DATA');
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });

  it('is free again when its server was killed', async () => {
    process.kill(first.pid, 'SIGKILL');
    await expect
      .poll(() =>
        fetch(`${first.url}/healthz`).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
    const next = await startRoadstead({ dataDir });
    expect((await fetch(`${next.url}/readyz`)).status).toBe(200);
    await next.stop();
  });
});
