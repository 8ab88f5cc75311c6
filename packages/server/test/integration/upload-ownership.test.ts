import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

describe.each(ENGINES)('an open upload on %s (invariant 9)', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
    await registry.admin.createProject('other');
  });
  afterAll(() => registry?.close());

  const range = (start: number, end: number) => ({ 'Content-Range': `${start}-${end - 1}` });

  async function expectReadable(bytes: Buffer) {
    const pulled = await registry.admin.get(`/v2/team/app/blobs/${digestOf(bytes)}`);
    expect(pulled.status).toBe(200);
    expect(pulled.body.equals(bytes)).toBe(true);
  }

  it('goes on after a restart of the server, from its last acknowledged byte', async () => {
    const bytes = freshBytes(200_000);
    const location = await registry.admin.startUpload('team/app');
    expect((await registry.admin.patch(location, bytes.subarray(0, 70_001), range(0, 70_001))).status).toBe(202);
    await registry.restart();
    expect((await registry.admin.get(location)).headers.range).toBe('0-70000');
    expect((await registry.admin.patch(location, bytes.subarray(70_001), range(70_001, 200_000))).status).toBe(202);
    await registry.restart();
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    await expectReadable(bytes);
  });

  it('is a 404 for another repository and for another principal, and stays untouched', async () => {
    const bytes = freshBytes();
    const location = await registry.admin.startUpload('team/app');
    await registry.admin.patch(location, bytes);
    const id = location.split('/').at(-1);
    const elsewhere = ['team/app2', 'other/app'].map((repository) => `/v2/${repository}/blobs/uploads/${id}`);
    for (const path of elsewhere) {
      for (const answer of [
        await registry.admin.get(path),
        await registry.admin.patch(path, freshBytes()),
        await registry.admin.put(`${path}?digest=${digestOf(bytes)}`),
        await registry.admin.delete(path),
      ]) {
        expect([answer.status, errorCode(answer)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
      }
    }
    const user = await registry.createUser('intruder');
    await registry.store.database.write((tx) =>
      tx.updateTable('users').set({ is_administrator: 1 }).where('username', '=', 'intruder').execute(),
    );
    for (const answer of [
      await user.get(location),
      await user.patch(location, freshBytes()),
      await user.put(`${location}?digest=${digestOf(bytes)}`),
      await user.delete(location),
    ]) {
      expect([answer.status, errorCode(answer)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    }
    expect((await registry.admin.get(location)).headers.range).toBe('0-1023');
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });

  it('with a token belongs to the same principal as with a password', async () => {
    const bytes = freshBytes();
    const client = await registry.clientWithScopes('repository:team/app:pull,push');
    const location = await client.startUpload('team/app');
    expect((await registry.admin.patch(location, bytes)).status).toBe(202);
    expect((await client.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });

  it('takes one of ten chunks for the same offset that come at once, and its bytes are that one', async () => {
    const location = await registry.admin.startUpload('team/app');
    const winners: Buffer[] = [];
    for (let step = 0; step < 5; step += 1) {
      const chunks = Array.from({ length: 10 }, () => freshBytes(1_000));
      const start = step * 1_000;
      const answers = await Promise.all(
        chunks.map((chunk) => registry.admin.patch(location, chunk, range(start, start + 1_000))),
      );
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([202, ...Array(9).fill(416)]);
      winners.push(chunks[answers.findIndex((answer) => answer.status === 202)] ?? Buffer.alloc(0));
    }
    const bytes = Buffer.concat(winners);
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    await expectReadable(bytes);
  });

  it('whose body breaks off keeps its acknowledged offset and goes on', async () => {
    const bytes = freshBytes(500_000);
    const location = await registry.admin.startUpload('team/app');
    expect((await registry.admin.patch(location, bytes.subarray(0, 1_000), range(0, 1_000))).status).toBe(202);
    await breakOff(location, bytes.subarray(1_000, 300_000));
    await expect
      .poll(async () => (await registry.admin.patch(location, bytes.subarray(1_000), range(1_000, 500_000))).status)
      .toBe(202);
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    await expectReadable(bytes);
  });

  it('that two requests close at once becomes one blob, and the other is told', async () => {
    for (let round = 0; round < 5; round += 1) {
      const bytes = freshBytes();
      const location = await registry.admin.startUpload('team/app');
      await registry.admin.patch(location, bytes);
      const close = `${location}?digest=${digestOf(bytes)}`;
      const answers = await Promise.all([registry.admin.put(close), registry.admin.put(close)]);
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 404]);
      await expectReadable(bytes);
    }
  });

  /** Sends a part of what it announces, and cuts the connection. */
  async function breakOff(location: string, part: Buffer) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const broken = request(`${registry.url}${location}`, {
      method: 'PATCH',
      headers: { authorization: registry.authorization, 'Content-Range': '1000-499999', 'Content-Length': 499_000 },
    });
    broken.on('error', () => resolve());
    broken.write(part, () => broken.destroy());
    broken.on('close', () => resolve());
    await promise;
  }
});
