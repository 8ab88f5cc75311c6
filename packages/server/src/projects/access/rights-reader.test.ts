import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import { type AccessSettings, DEFAULT_ACCESS_SETTINGS } from '../../identity/access-settings.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Project } from '../project.ts';
import { createProjects } from '../projects.ts';
import { RightsReader, type RightsReaderDependencies } from './rights-reader.ts';

const PULL = { resource: 'repository', action: 'pull' };
const CREATE = { resource: 'project', action: 'create' };

describe.each(ENGINES)('the reader of rights on %s', (engine) => {
  let test: TestIdentity;
  let user: Principal;
  let project: Project;
  let projectCreation: AccessSettings['projectCreation'];
  let reader: RightsReader;

  beforeEach(async () => {
    test = await openTestIdentity(engine);
    user = await insertPlainUser(test, 'carol');
    const projects = createProjects({ database: test.database, clock: test.clock });
    project = await projects.create({ name: 'hers', isPublic: false, actor: { ...test.actor, principal: user } });
    projectCreation = 'everyone';
    reader = createReader();
  });
  afterEach(() => test?.close());

  function createReader(database: RightsReaderDependencies['database'] = test.database): RightsReader {
    const settings = async () => ({ ...DEFAULT_ACCESS_SETTINGS, projectCreation });
    return new RightsReader({ database, clock: test.clock, settings });
  }
  const mayPull = async (who = reader) => (await who.of(user)).decide(PULL, { project }).isAllowed;
  const removeRoles = () => test.database.write((tx) => tx.deleteFrom('project_members').execute());

  it('refuses what was taken away at once when it is told, and within two seconds when it is not', async () => {
    const elsewhere = createReader(await test.openAgain());
    expect([await mayPull(), await mayPull(elsewhere)]).toEqual([true, true]);
    await removeRoles();
    reader.forget();
    expect([await mayPull(), await mayPull(elsewhere)]).toEqual([false, true]);
    test.clock.advance(1_999);
    expect(await mayPull(elsewhere)).toBe(true);
    test.clock.advance(1);
    expect(await mayPull(elsewhere)).toBe(false);
  });

  it('reads for who asks once in a while anew, however often others ask', async () => {
    for (let index = 0; index < 5; index += 1) {
      expect(await mayPull()).toBe(true);
      test.clock.advance(500);
    }
    await removeRoles();
    test.clock.advance(2_000);
    expect(await mayPull()).toBe(false);
  });

  it('does not remember what it was reading while something was taken away', async () => {
    const { promise: removed, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: hasRead, resolve: tellRead } = Promise.withResolvers<void>();
    // Answers with the rows of the moment of the question, and only when the roles are gone.
    const prepareRead: typeof test.database.prepareRead = (name, text) => {
      const read = test.database.prepareRead(name, text);
      return async (values) => {
        const rows = await read(values);
        tellRead();
        await removed;
        return rows as never;
      };
    };
    const slow = createReader({ ...test.database, prepareRead });
    const before = mayPull(slow);
    await hasRead;
    await removeRoles();
    slow.forget();
    goOn();
    expect(await before).toBe(true);
    expect(await mayPull(slow)).toBe(false);
  });

  it('remembers nothing for longer when the clock is set back', async () => {
    expect(await mayPull()).toBe(true);
    await removeRoles();
    test.clock.advance(-3_600_000);
    expect(await mayPull()).toBe(false);
  });

  it('follows who may create projects', async () => {
    const mayCreate = async () => (await reader.of(user)).decide(CREATE, 'system').isAllowed;
    expect(await mayCreate()).toBe(true);
    projectCreation = 'administrators';
    expect(await mayCreate()).toBe(false);
  });
});
