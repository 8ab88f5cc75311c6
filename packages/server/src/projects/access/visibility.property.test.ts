import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../test/in-process/test-database.ts';
import { createManualClock } from '../../../test/in-process/test-identity.ts';
import { isProjectVisible, isVisible } from '../../content/repositories/visibility.ts';
import { DEFAULT_ACCESS_SETTINGS } from '../../identity/access-settings.ts';
import type { Permission, PermissionBlock, PermissionKey } from '../../kernel/permission.ts';
import { ANONYMOUS, type Principal } from '../../kernel/principal.ts';
import { type Project, type SelectedProject, toProject } from '../project.ts';
import { BUILTIN_ROLES, PROJECT_ROLE_PERMISSIONS } from '../roles/builtin-roles.ts';
import { RightsReader } from './rights-reader.ts';

const RUNS = 60;
const SEED = 29;
/** Names that LIKE could take for one another. */
const PROJECT_NAMES = ['a_b', 'axb', 'a.b', 'b'] as const;
const REPOSITORY_NAMES = ['app', 'a_b', 'axb', 'team/app', 'team/a_b', 'b/team/app'] as const;
/** Of repositories: some that everybody has in public projects, and some that only roles give. */
const KEYS: readonly PermissionKey[] = ['repository:pull', 'repository:push', 'repository:list', 'artifact:delete'];
const PROJECT_KEYS: readonly PermissionKey[] = ['project:read', 'repository:list', 'repository:pull', 'member:list'];

const visibility = fc.constantFrom('private', 'internal', 'public');
const pattern = fc
  .array(fc.constantFrom('a', 'b', '_', 'x', '*', '/', 'app', 'team'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));
const permissions = fc.subarray([...new Set([...KEYS, ...PROJECT_KEYS])]);
const role = fc.oneof(
  fc.constantFrom(...BUILTIN_ROLES).map((name) => ({ name, permissions: undefined })),
  permissions.map((custom) => ({ name: undefined, permissions: custom })),
);
const membership = fc.record({
  project: fc.nat(PROJECT_NAMES.length - 1),
  byGroup: fc.boolean(),
  role,
  repositories: fc.oneof(fc.constant(''), pattern),
});
const block = fc.record({
  scope: fc.oneof(fc.constantFrom('system' as const, 'all-projects' as const), fc.nat(PROJECT_NAMES.length - 1)),
  allow: permissions,
  deny: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, permissions),
});
const world = fc.record({
  visibilities: fc.tuple(visibility, visibility, visibility, visibility),
  memberships: fc.uniqueArray(membership, {
    maxLength: 6,
    selector: ({ project, byGroup, repositories }) => `${project} ${byGroup} ${repositories}`,
  }),
  robot: fc.array(block, { maxLength: 4 }),
  token: fc.array(block, { maxLength: 4 }),
});
type World = (typeof world extends fc.Arbitrary<infer Value> ? Value : never) & {};
type Block = World['robot'][number];

describe.each(ENGINES)('lists on %s', (engine) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase(engine, { inMemory: true });
  });
  afterAll(() => test?.close());

  it('show exactly what is allowed, whoever asks for whatever', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const { projects, principals } = await build(test, drawn);
        const settings = async () => DEFAULT_ACCESS_SETTINGS;
        const rights = new RightsReader({ database: test.database, clock: createManualClock(), settings });
        for (const principal of principals) {
          for (const key of KEYS) await compareRepositories(test, rights, principal, key, projects);
          for (const key of PROJECT_KEYS) await compareProjects(test, rights, principal, key, projects);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('are as long as somebody has roles on patterns', async () => {
    const memberships = Array.from({ length: 3_000 }, (_, index) => ({
      project: 0,
      byGroup: false,
      role: { name: 'guest' as const, permissions: undefined },
      repositories: index === 2_999 ? 'team/*' : `none-${index}`,
    }));
    const { projects, principals } = await build(test, {
      visibilities: ['private', 'private', 'private', 'private'],
      memberships,
      robot: [],
      token: [],
    });
    const settings = async () => DEFAULT_ACCESS_SETTINGS;
    const rights = new RightsReader({ database: test.database, clock: createManualClock(), settings });
    const [, , member = ANONYMOUS] = principals;
    await compareRepositories(test, rights, member, 'repository:pull', projects);
    const seen = (await rights.of(member)).visibility(parse('repository:pull'));
    expect(await listRepositories(test, seen)).toEqual(['a_b/team/a_b', 'a_b/team/app']);
  });
});

/** Puts the world into the tables. */
async function build({ database }: TestDatabase, drawn: World) {
  return database.write(async (tx) => {
    for (const table of ['access_tokens', 'robots', 'projects', 'custom_roles', 'user_groups', 'users'] as const) {
      if (table === 'projects') await tx.deleteFrom('repositories').execute();
      await tx.deleteFrom(table).execute();
    }
    const at = { created_at: 1, updated_at: 1 };
    const users = await tx
      .insertInto('users')
      .values({ username: 'ann', password_hash: null, is_administrator: 0, token_epoch: 1, ...at })
      .returning('id')
      .executeTakeFirstOrThrow();
    const userId = users.id;
    const { id: groupId } = await tx
      .insertInto('user_groups')
      .values({ name: 'ops', kind: 'internal', external_name: null, ...at })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx.insertInto('user_group_members').values({ group_id: groupId, user_id: userId }).execute();
    const rows: SelectedProject[] = [];
    for (const [index, name] of PROJECT_NAMES.entries()) {
      const seen = drawn.visibilities[index];
      const is = { is_public: seen === 'public' ? 1 : 0, is_internal: seen === 'internal' ? 1 : 0 };
      const row = { name, owner_id: 0, ...is, ...at };
      const { id } = await tx.insertInto('projects').values(row).returning('id').executeTakeFirstOrThrow();
      rows.push({ id, ...row });
      const repositories = REPOSITORY_NAMES.map((repository) => ({
        project_id: id,
        name: `${name}/${repository}`,
        ...at,
      }));
      await tx.insertInto('repositories').values(repositories).execute();
    }
    const idOf = (index: number) => rows[index]?.id ?? 0;
    for (const [index, member] of drawn.memberships.entries()) {
      const { name, permissions: custom } = member.role;
      let stored: string = name ?? '';
      if (custom !== undefined) {
        const values = { name: `role-${index}`, description: '', permissions: JSON.stringify(custom), ...at };
        const { id } = await tx.insertInto('custom_roles').values(values).returning('id').executeTakeFirstOrThrow();
        stored = `custom:${id}`;
      }
      const who = member.byGroup ? { user_id: null, group_id: groupId } : { user_id: userId, group_id: null };
      const { repositories } = member;
      const values = { project_id: idOf(member.project), role: stored, repositories, ...who, ...at };
      await tx.insertInto('project_members').values(values).execute();
    }
    const blocksOf = (blocks: readonly Block[]) =>
      JSON.stringify(
        blocks.map(
          ({ scope, ...rest }): PermissionBlock => ({
            scope: typeof scope === 'number' ? idOf(scope) : scope,
            ...rest,
          }),
        ),
      );
    const robotRow = {
      full_name: 'ci',
      project_id: null,
      description: '',
      duration_days: -1,
      epoch: 1,
      created_by: '',
    };
    const { id: robotId } = await tx
      .insertInto('robots')
      .values({ ...robotRow, permissions: blocksOf(drawn.robot), ...at })
      .returning('id')
      .executeTakeFirstOrThrow();
    const tokenIds: number[] = [];
    for (const [index, bounds] of [blocksOf(drawn.token), null].entries()) {
      const row = { user_id: userId, name: `t${index}`, token_hash: Buffer.from([index]), created_at: 1 };
      const values = { ...row, permissions: bounds };
      tokenIds.push((await tx.insertInto('access_tokens').values(values).returning('id').executeTakeFirstOrThrow()).id);
    }
    const [bounded = 0, unbounded = 0] = tokenIds;
    const user = { kind: 'user', id: userId, name: 'ann' } as const;
    const token = { kind: 'access-token', userId, name: 'ann' } as const;
    const principals: readonly Principal[] = [
      ANONYMOUS,
      { ...user, isAdministrator: true },
      { ...user, isAdministrator: false },
      { kind: 'robot', id: robotId, name: 'ci' },
      { ...token, id: bounded, isAdministrator: false },
      { ...token, id: bounded, isAdministrator: true },
      { ...token, id: unbounded, isAdministrator: false },
    ];
    return { projects: rows.map(toProject), principals };
  });
}

async function compareRepositories(
  test: TestDatabase,
  rights: RightsReader,
  principal: Principal,
  key: PermissionKey,
  projects: readonly Project[],
): Promise<void> {
  const held = await rights.of(principal);
  const allowed = projects.flatMap((project) =>
    REPOSITORY_NAMES.map((name) => `${project.name}/${name}`).filter(
      (repository) => held.decide(parse(key), { project, repository }).isAllowed,
    ),
  );
  const listed = await listRepositories(test, held.visibility(parse(key)));
  expect(listed, `${JSON.stringify(principal)} ${key}`).toEqual(allowed.toSorted());
}

async function listRepositories({ database }: TestDatabase, seen: Parameters<typeof isVisible>[0]) {
  const rows = await database.reader
    .selectFrom('repositories')
    .innerJoin('projects', 'projects.id', 'repositories.project_id')
    .select('repositories.name')
    .where(isVisible(seen))
    .execute();
  return rows.map(({ name }) => name).toSorted();
}

async function compareProjects(
  { database }: TestDatabase,
  rights: RightsReader,
  principal: Principal,
  key: PermissionKey,
  projects: readonly Project[],
): Promise<void> {
  const held = await rights.of(principal);
  const allowed = projects.filter((project) => held.decide(parse(key), { project }).isAllowed);
  const seen = held.projectVisibility(parse(key));
  const rows = await database.reader.selectFrom('projects').select('name').where(isProjectVisible(seen)).execute();
  expect(rows.map(({ name }) => name).toSorted(), `${JSON.stringify(principal)} ${key}`).toEqual(
    allowed.map(({ name }) => name).toSorted(),
  );
}

function parse(key: PermissionKey): Permission {
  const [resource = '', action = ''] = key.split(':');
  expect(PROJECT_ROLE_PERMISSIONS.has(key)).toBe(true);
  return { resource, action };
}
