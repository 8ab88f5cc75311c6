import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestRuntime } from '../../test/support/create-test-runtime.ts';
import { type HttpFixture, serveHttp } from '../../test/support/serve-http.ts';
import { runProgram } from '../program.ts';

const PREVIEW = {
  now: { bytes: 0, blobs: 0 },
  purge: { bytes: 2_048, blobs: 2, trashedManifests: 1, repositories: [{ name: 'acme/app', bytes: 2_048 }] },
  untagged: { manifests: 0 },
};

let fixture: HttpFixture;
let failsPurge: boolean;

beforeEach(async () => {
  failsPurge = false;
  let mode = '';
  let looks = 0;
  fixture = await serveHttp((request, response) => {
    if (request.method === 'POST') mode = JSON.parse(request.body?.toString() ?? '{}').mode;
    looks = request.method === 'POST' ? 0 : looks + 1;
    const isOver = looks > 1;
    const result = mode === 'dry-run' ? { preview: PREVIEW } : { report: { bytesFreed: 2_048, blobsRemoved: 2 } };
    const job = { id: 3, progress: { step: 'pass', blobsRemoved: 1, bytesFreed: 1_024 }, result };
    const ended = { status: failsPurge && mode === 'purge' ? 'error' : 'success', message: 'the disk is away' };
    const state = isOver ? { ...ended, endedAt: '2030-01-01T00:00:00.000Z' } : { status: 'running', endedAt: null };
    response.writeHead(request.method === 'POST' ? 202 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: 7, kind: 'garbage-collection', parameters: { mode }, ...state, jobs: [job] }));
  });
});
afterEach(() => fixture[Symbol.asyncDispose]());

/** The command on a terminal, whose user answers so. */
async function purge(answer: string) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  stdin.write(`${answer}\n`);
  let shown = '';
  const stderr = {
    isTTY: true,
    columns: 60,
    write: (text: string | Uint8Array) => {
      shown += String(text);
    },
  };
  const { runtime, output } = createTestRuntime({ stdin, stderr });
  const exitCode = await runProgram(runtime, ['gc', 'purge', '--server', fixture.host]);
  const started = fixture.requests
    .filter((request) => request.method === 'POST')
    .map((request) => String(request.body));
  return { exitCode, stdout: output.stdout, shown, started };
}

test('gc purge shows what a dry run has found, asks, and says what was freed', async () => {
  const { exitCode, stdout, shown, started } = await purge('y');
  expect(shown).toContain(
    'Purging now would free 2.0 KiB (2048 bytes): 2 blobs, 1 deleted manifest.\n  acme/app  2.0 KiB\n',
  );
  expect(shown).toContain('Purge now, for good? [y/N] ');
  expect(shown).toContain('\u001b[2Kgarbage-collection purge: pass, 1 blobs, 1.0 KiB');
  expect(started).toEqual(['{"mode":"dry-run"}', '{"mode":"purge"}']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Freed 2.0 KiB in 2 stored copies.\n' });
});

test('gc purge removes nothing without a yes', async () => {
  const { exitCode, stdout, started } = await purge('');
  expect(started).toEqual(['{"mode":"dry-run"}']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
});

test('a run that fails says why, and where there is more', async () => {
  failsPurge = true;
  const { exitCode, stdout, shown } = await purge('yes');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(shown).toContain(
    'the garbage-collection purge has failed\n  why: the disk is away\n  try: `roadstead jobs log 7`',
  );
});
