import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { checkRegisterHistory, type RegisterOperation } from './support/register-history.ts';
import { describeManifest, sampleImage, sampleIndex } from './support/sample-content.ts';

const WRITERS = 8;
const WRITES = 12;

describe.each(ENGINES)('a tag on %s', (engine) => {
  let registry: OpenRegistry;
  const base = sampleImage();

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
    await registry.admin.pushImage('team/app', 'base', base);
  });
  afterAll(() => registry?.close());

  const freshManifest = () => sampleIndex([describeManifest(base)]);
  const path = (reference: string) => `/v2/team/app/manifests/${reference}`;

  async function record(
    history: RegisterOperation[],
    operation: Omit<RegisterOperation, 'start' | 'end' | 'value'>,
    run: () => Promise<string | undefined>,
  ) {
    const start = performance.now();
    const value = await run();
    history.push({ ...operation, value, start, end: performance.now() });
  }

  it(`is a linearizable register under ${WRITERS} writers, readers and deletes (invariant 7)`, async () => {
    const history: RegisterOperation[] = [];
    const write = () =>
      record(history, { kind: 'write' }, async () => {
        const manifest = freshManifest();
        const answer = await registry.admin.putManifest('team/app', 'register', manifest);
        expect(answer.status, answer.text).toBe(201);
        return manifest.digest;
      });
    const read = () =>
      record(history, { kind: 'read' }, async () => {
        const answer = await registry.admin.head(path('register'));
        expect([200, 404]).toContain(answer.status);
        return answer.headers['docker-content-digest'] as string | undefined;
      });
    const remove = async () => {
      const start = performance.now();
      const answer = await registry.admin.delete(path('register'));
      const end = performance.now();
      expect([202, 404], answer.text).toContain(answer.status);
      // A delete that found nothing is a read of "no tag".
      history.push({ kind: answer.status === 202 ? 'write' : 'read', value: undefined, start, end });
    };
    const work = async (writer: number) => {
      for (let index = 0; index < WRITES; index += 1) {
        await write();
        await read();
        if (writer === 0 && index % 4 === 3) await remove();
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => work(writer)));
    await read();
    expect(checkRegisterHistory(history)).toEqual([]);
  });

  // Found by reading: on PostgreSQL the row that a mover waited for fell out of the join, and the tag seemed not to be there.
  it('that exists all the time is never missing to who deletes or moves it', async () => {
    for (let round = 0; round < 15; round += 1) {
      expect((await registry.admin.putManifest('team/app', 'steady', freshManifest())).status).toBe(201);
      const moves = Array.from({ length: 6 }, () => registry.admin.putManifest('team/app', 'steady', freshManifest()));
      const [removed, ...moved] = await Promise.all([registry.admin.delete(path('steady')), ...moves]);
      expect(moved.map((answer) => answer.status)).toEqual(moves.map(() => 201));
      expect(removed.status).toBe(202);
    }
  });

  // Found by reading: the delete took every tag that had stood at the manifest when it looked.
  it('that has moved on is not taken along when the manifest that it stood at is deleted', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [first, second] = [freshManifest(), freshManifest()];
      const tag = `moved-${round}`;
      expect((await registry.admin.putManifest('team/app', tag, first)).status).toBe(201);
      expect((await registry.admin.putManifest('team/app', second.digest, second)).status).toBe(201);
      const [moved, deleted] = await Promise.all([
        registry.admin.putManifest('team/app', tag, second),
        registry.admin.delete(path(first.digest)),
      ]);
      expect([moved.status, deleted.status]).toEqual([201, 202]);
      const head = await registry.admin.head(path(tag));
      // Either order leaves the tag at the second manifest.
      expect([head.status, head.headers['docker-content-digest']], `round ${round}`).toEqual([200, second.digest]);
    }
  });

  it('keeps a line of history and of the journal for each move, in the order of the moves', async () => {
    const manifests = Array.from({ length: 5 }, freshManifest);
    for (const manifest of manifests) await registry.admin.putManifest('team/app', 'told', manifest);
    await registry.admin.putManifest('team/app', 'told', manifests.at(-1) ?? base);
    expect((await registry.admin.delete(path('told'))).status).toBe(202);
    const history = (await registry.store.rows('tag_history')).filter((row) => row['name'] === 'told');
    expect(history.map((row) => (row['digest'] === null ? 'deleted' : 'moved'))).toEqual([
      ...manifests.map(() => 'moved'),
      'deleted',
    ]);
    const journal = (await registry.store.rows('journal')).map((row) => ({
      ...row,
      detail: JSON.parse(String(row['detail'])),
    }));
    const moves = journal.filter(({ detail }) => detail.tag === 'told').map(({ detail }) => detail);
    const digests = manifests.map((manifest) => manifest.digest);
    expect(moves).toEqual([
      ...digests.map((digest, index) => ({ tag: 'told', digest, before: digests[index - 1] ?? null })),
      { tag: 'told', before: digests.at(-1) },
    ]);
  });
});
