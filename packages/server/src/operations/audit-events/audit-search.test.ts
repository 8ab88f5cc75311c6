import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSharedTestDatabase, type SharedTestDatabase } from '../../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { START_MS } from '../../../test/in-process/test-identity.ts';
import { SeededRandom } from '../../../test/support/seeded-random.ts';
import type { AuditEntry } from './audit-entry.ts';
import { AuditList } from './audit-list.ts';
import { type AuditFilter, type AuditPlace, AuditSearch } from './audit-search.ts';
import { HOT_KINDS, IS_RARE_KIND } from './hot-kinds.ts';

interface Row {
  readonly at?: number;
  readonly kind?: string;
  readonly actor?: string;
  readonly projectId?: number | null;
  readonly repository?: string | null;
  readonly address?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

describe.each(ENGINES)('the search of the audit log on %s', (engine) => {
  let test: SharedTestDatabase;

  beforeAll(async () => {
    test = await openSharedTestDatabase(engine, ['journal', 'users', 'projects', 'settings', 'row_changes']);
  });
  afterAll(() => test?.close());
  beforeEach(() => test.reset());

  async function insert(rows: readonly Row[]): Promise<void> {
    await test.database.write(async (tx) => {
      for (const row of rows) {
        await tx
          .insertInto('journal')
          .values({
            at: row.at ?? START_MS,
            kind: row.kind ?? 'manifest.pushed',
            actor: row.actor ?? 'user:1',
            request_id: 'request-1',
            address: row.address ?? '192.0.2.1',
            user_agent: 'test',
            project_id: row.projectId ?? null,
            repository: row.repository ?? null,
            detail: JSON.stringify(row.detail ?? {}),
          })
          .execute();
      }
    });
  }

  const create = (maxSkipped?: number) =>
    new AuditSearch({ database: test.database, ...(maxSkipped === undefined ? {} : { maxSkipped }) });

  async function collect(search: AuditSearch, filter: AuditFilter, limit: number): Promise<readonly AuditEntry[]> {
    const all: AuditEntry[] = [];
    let before: AuditPlace | undefined;
    do {
      const { items, next } = await search.page(filter, limit, before);
      all.push(...items);
      before = next;
    } while (before !== undefined);
    return all;
  }

  it('finds what a look at every entry finds, whatever is asked and however it is paged', async () => {
    const random = new SeededRandom(7);
    const pick = <Value>(values: readonly Value[]): Value => random.pick(values);
    const kinds = [...HOT_KINDS, 'project.created', 'project.updated', 'login.failed', 'tag.deleted', 'unheard.of'];
    const projects = [null, 1, 2] as const;
    await insert(
      Array.from({ length: 400 }, () => ({
        at: START_MS + random.below(50),
        kind: pick(kinds),
        actor: pick(['user:1', 'user:2', 'anonymous']),
        projectId: pick(projects),
        repository: pick([null, 'a/x', 'a/y']),
        address: pick(['192.0.2.1', '2001:db8::1']),
        detail: { resource: pick(['Alpha', 'beta "x"', '100%']) },
      })),
    );
    const all = await collect(create(), {}, 100);
    expect(all).toHaveLength(400);
    expect(new Set(all.map(({ id }) => id)).size).toBe(400);
    const matches = (entry: AuditEntry, filter: AuditFilter) =>
      (filter.since === undefined || entry.at >= filter.since) &&
      (filter.until === undefined || entry.at < filter.until) &&
      (filter.actor === undefined || entry.actor === filter.actor) &&
      (filter.kind === undefined ||
        (filter.kind.endsWith('.') ? entry.kind.startsWith(filter.kind) : entry.kind === filter.kind)) &&
      (filter.projectId === undefined || entry.projectId === filter.projectId) &&
      (filter.repository === undefined || entry.repository === filter.repository) &&
      (filter.address === undefined || entry.address === filter.address) &&
      (filter.text === undefined ||
        `${entry.repository}\n${entry.resource}`.toLowerCase().includes(filter.text.toLowerCase()));
    for (let round = 0; round < 60; round += 1) {
      const maybe = <Value>(values: readonly Value[]) => (random.below(3) === 0 ? pick(values) : undefined);
      const filter: AuditFilter = {
        since: maybe([START_MS + 10, START_MS + 20]),
        until: maybe([START_MS + 30, START_MS + 40]),
        actor: maybe(['user:1', 'anonymous', 'user:9']),
        kind: maybe([...kinds, 'project.', 'tag.', 'login.', 'nothing.']),
        projectId: maybe([1, 2, 3]),
        repository: maybe(['a/x']),
        address: maybe(['2001:db8::1']),
        text: maybe(['alpha', 'BETA "X"', '0%', 'a/Y', '_']),
      };
      const found = await collect(create(pick([3, 17, 1_000])), filter, pick([1, 7, 100]));
      const expected = all.filter((entry) => matches(entry, filter)).map(({ id }) => id);
      expect(
        found.map(({ id }) => id),
        JSON.stringify(filter),
      ).toEqual(expected);
    }
  });

  it('gives way to others in a long log: a page may be empty, and says where to go on', async () => {
    await insert([
      { actor: 'user:2' },
      ...Array.from({ length: 30 }, (_, index) => ({ at: START_MS + 1 + index, actor: 'user:1' })),
    ]);
    const search = create(10);
    const first = await search.page({ actor: 'user:2' }, 5);
    expect(first).toEqual({ items: [], next: { at: START_MS + 21, id: expect.any(Number) } });
    expect(await collect(search, { actor: 'user:2' }, 5)).toMatchObject([{ actor: 'user:2' }]);
  });

  it('uses an index for the time, the project and what is rare', async () => {
    const plan = async (where: string) => {
      const query = `select id from journal where ${where} order by at desc, id desc limit 5`;
      if (engine === 'sqlite') {
        const { rows } = await sql.raw<{ detail: string }>(`explain query plan ${query}`).execute(test.database.reader);
        return rows.map(({ detail }) => detail).join('\n');
      }
      const { rows } = await test.database.write(async (tx) => {
        // An empty table is read from end to end whatever there is.
        await sql`set local enable_seqscan = off`.execute(tx);
        await sql`set local enable_sort = off`.execute(tx);
        return sql.raw<{ 'QUERY PLAN': string }>(`explain ${query}`).execute(tx);
      });
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    const kind = engine === 'sqlite' ? 'kind' : 'kind collate "C"';
    expect(await plan('at >= 5 and at < 9')).toContain('journal_at');
    expect(await plan('project_id = 3 and at < 9')).toContain('journal_project');
    const rare = await plan(`${kind} = 'project.updated' and ${IS_RARE_KIND}`);
    expect(rare).toContain('journal_rare_kind');
    expect(rare).not.toMatch(/sort|temp b-tree/i);
  });

  it('shows names as they are now, and of whom is gone the key, with two questions however many entries', async () => {
    const { ann, projectId } = await test.database.write(async (tx) => {
      const user = { password_hash: null, is_administrator: 0, token_epoch: 1, created_at: 1, updated_at: 1 };
      const project = { is_public: 0, owner_id: 0, created_at: 1, updated_at: 1 };
      const added = await tx
        .insertInto('users')
        .values({ ...user, username: 'ann' })
        .returning('id')
        .executeTakeFirstOrThrow();
      const made = await tx
        .insertInto('projects')
        .values({ ...project, name: 'acme' })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { ann: added.id, projectId: made.id };
    });
    await insert([
      ...Array.from({ length: 50 }, () => ({ actor: `user:${ann}`, projectId, detail: { digest: 'sha256:aa' } })),
      { at: START_MS + 1, actor: 'user:999', kind: 'login.failed', detail: { resource: `user:${ann}` } },
      { at: START_MS + 2, actor: 'system:collector', projectId: 998, repository: 'acme/x', detail: { tag: 'v1' } },
    ]);
    let queries = 0;
    const reader = test.database.reader.withPlugin({
      transformQuery: ({ node }) => {
        queries += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const list = new AuditList({ ...test.database, reader });
    const { items } = await list.page({}, 100);
    expect(queries).toBe(3);
    expect(items.slice(0, 3)).toMatchObject([
      {
        actor: { key: 'system:collector', name: 'system:collector' },
        project: { id: 998, name: null },
        resource: 'acme/x:v1',
      },
      { actor: { key: 'user:999', name: 'deleted user 999' }, project: null, resource: 'ann' },
      { actor: { key: `user:${ann}`, name: 'ann' }, project: { id: projectId, name: 'acme' }, resource: 'sha256:aa' },
    ]);
    expect(await list.findActor('ann')).toBe(`user:${ann}`);
    expect(await list.findActor('bob')).toBeUndefined();
    expect(await list.findActor('user:5')).toBe('user:5');
  });

  it('hands out everything once, in order, while more is written', async () => {
    await insert(Array.from({ length: 1_234 }, (_, index) => ({ at: START_MS + Math.floor(index / 3) })));
    const list = new AuditList(test.database);
    let text = '';
    for await (const piece of list.jsonLines({})) {
      text += piece;
      await insert([{ at: START_MS + 10_000 }]);
    }
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids).toHaveLength(1_234);
    expect(ids).toEqual(ids.toSorted((left, right) => right - left));
  });
});
