import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { openTestIdentity, START_MS, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import { SeededRandom } from '../../../test/support/seeded-random.ts';
import { createProjects } from '../../projects/projects.ts';
import { changeAccessSettings } from '../access-settings.ts';
import type { Robot } from './robot.ts';
import { generateRobotSecret } from './robot-secret.ts';

const HERE = { requestId: 'r', address: '192.0.2.1', userAgent: 'test' };
const CHOSEN = 'Chosen-Secret-1';
const DAY_MS = 24 * 3_600_000;
const PULL = [{ scope: 'all-projects', allow: ['repository:pull'], deny: [] }] as const;

describe.each(ENGINES)('robots on %s', (engine) => {
  let test: TestIdentity;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
  });
  afterEach(() => test.close());

  const create = (name: string, more: Partial<Parameters<TestIdentity['identity']['robots']['create']>[0]> = {}) =>
    test.identity.robots.create({
      name,
      project: undefined,
      description: '',
      durationDays: undefined,
      isDisabled: false,
      permissions: PULL,
      secret: undefined,
      actor: test.actor,
      ...more,
    });
  const signIn = (name: string, secret: string, identity = test.identity) =>
    identity.credentials.verifyBasic(name, secret, HERE);
  const update = (robot: Robot, change: Partial<Pick<Robot, 'isDisabled' | 'durationDays'>>) =>
    test.identity.robots.update({ ...robot, ...change, actor: test.actor });
  const rotate = (robot: Robot, overlapSeconds: number, secret?: string) =>
    test.identity.robots.rotateSecret({ id: robot.id, secret, overlapSeconds, actor: test.actor });
  const tokenFor = async (name: string, secret: string) => {
    const principal = await signIn(name, secret);
    if (principal === undefined) throw new Error(`${name} cannot sign in`);
    return (await test.identity.tokens.issue({ principal, access: [] })).token;
  };
  const isAlive = async (token: string, identity = test.identity) =>
    (await identity.tokens.verify(token)) !== undefined;

  it('sign in with the prefix, their name and their secret, whether it was made for them or chosen', async () => {
    const { robot, secret } = await create('ci');
    expect(secret).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9]{32}$/);
    expect(robot).toMatchObject({ fullName: 'ci', durationDays: 30, expiresAt: START_MS + 30 * DAY_MS, epoch: 1 });
    const principal = { kind: 'robot', id: robot.id, name: 'robot$ci', epoch: 1 };
    expect(await signIn('robot$ci', secret)).toEqual(principal);
    const chosen = await create('own', { secret: CHOSEN });
    expect(chosen.secret).toBe(CHOSEN);
    for (let again = 0; again < 2; again += 1) {
      expect(await signIn('robot$own', CHOSEN)).toMatchObject({ id: chosen.robot.id });
    }
    for (const [name, wrong] of [
      ['robot$ci', CHOSEN],
      ['robot$ci', secret.toLowerCase()],
      ['robot$ci', ''],
      ['robot$own', secret],
      ['ci', secret],
      ['robot$nobody', secret],
      ['robot$', secret],
      ['robot$ci\0', secret],
      ['ROBOT$ci', secret],
    ] as const) {
      expect(await signIn(name, wrong), `${name} ${wrong}`).toBeUndefined();
    }
  });

  it('of a project have its name in theirs, and keep to the rules of names, secrets and durations', async () => {
    const projects = createProjects({ database: test.database, clock: test.clock });
    const project = await projects.create({ name: 'library', isPublic: false, actor: test.actor });
    const { robot, secret } = await create('ci', { project, durationDays: -1 });
    expect(robot).toMatchObject({ fullName: 'library+ci', projectId: project.id, expiresAt: undefined });
    expect(await signIn('robot$library+ci', secret)).toMatchObject({ id: robot.id });
    await expect(create('ci', { project })).rejects.toMatchObject({ code: 'CONFLICT' });
    for (const name of ['', 'CI', 'a+b', 'a b', '-a', 'a--b', 'a/b', 'ä', 'a'.repeat(241)]) {
      await expect(create(name), name).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    for (const durationDays of [0, -2, 1.5, 1e9, Number.NaN]) {
      await expect(create('x', { durationDays })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    for (const bad of ['Short-1', 'no-upper-1', 'NO-LOWER-1', 'No-Digits', `A1a${'a'.repeat(126)}`]) {
      const refused = create('x', { secret: bad });
      await expect(refused).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      await expect(refused).rejects.not.toThrow(bad);
    }
  });

  it('all change their sign-in names with the prefix, at once', async () => {
    const { secret } = await create('ci');
    await test.database.execute(changeAccessSettings, {
      change: { robotNamePrefix: 'bot-' },
      actor: test.actor,
      now: test.clock.now(),
    });
    test.identity.accessSettings.forget();
    expect(await signIn('bot-ci', secret)).toMatchObject({ name: 'bot-ci' });
    expect(await signIn('robot$ci', secret)).toBeUndefined();
  });

  it('never lock a user out whose name begins with the prefix', async () => {
    const value = JSON.stringify({ robotNamePrefix: 'ad' });
    await test.database.write((tx) => tx.insertInto('settings').values({ name: 'access', value }).execute());
    test.identity.accessSettings.forget();
    expect(await signIn('admin', 'Correct-Horse-7')).toEqual(test.administrator);
  });

  it('are refused when they are over, disabled or gone, and so is what was issued to them', async () => {
    const another = test.createAnother(await test.openAgain());
    const over = await create('over', { durationDays: 1 });
    const off = await create('off');
    const gone = await create('gone');
    const tokens = [];
    for (const { robot, secret } of [over, off, gone]) tokens.push(await tokenFor(`robot$${robot.fullName}`, secret));
    for (const token of tokens) expect([await isAlive(token), await isAlive(token, another)]).toEqual([true, true]);
    const [overToken = '', ...others] = tokens;
    await update(off.robot, { isDisabled: true });
    await test.identity.robots.delete(gone.robot.id, test.actor);
    for (const token of others) expect(await isAlive(token)).toBe(false);
    test.clock.advance(2_000);
    for (const token of others) expect(await isAlive(token, another)).toBe(false);
    expect(await signIn('robot$off', off.secret)).toBeUndefined();
    expect(await signIn('robot$gone', gone.secret)).toBeUndefined();
    await update(off.robot, { isDisabled: false });
    expect(await signIn('robot$off', off.secret)).toBeDefined();
    expect(await isAlive(others[0] ?? '')).toBe(false);
    expect(await isAlive(overToken)).toBe(true);
    test.clock.advance(DAY_MS - 2_000);
    expect(await isAlive(overToken)).toBe(false);
    expect(await signIn('robot$over', over.secret)).toBeUndefined();
    await update(over.robot, { durationDays: 2 });
    expect((await test.identity.robots.find(over.robot.id))?.expiresAt).toBe(START_MS + 2 * DAY_MS);
    expect(await signIn('robot$over', over.secret)).toBeDefined();
  });

  it.each(['made', 'chosen'])('a secret that is replaced (%s) works no more, remembered or not', async (kind) => {
    const secret = kind === 'chosen' ? CHOSEN : undefined;
    const created = await create('ci', { secret });
    const before = await tokenFor('robot$ci', created.secret);
    const next = await rotate(created.robot, 0, kind === 'chosen' ? 'Another-Secret-2' : undefined);
    expect(next).not.toBe(created.secret);
    expect(await signIn('robot$ci', created.secret)).toBeUndefined();
    expect(await signIn('robot$ci', next)).toBeDefined();
    expect(await isAlive(before)).toBe(false);
    await rotate(created.robot, 0, CHOSEN);
    await expect(rotate(created.robot, 0, 'too-weak')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await signIn('robot$ci', CHOSEN)).toBeDefined();
  });

  it.each(['made', 'chosen'])('in an overlap both secrets work (%s), and the old one ends with it', async (kind) => {
    const isChosen = kind === 'chosen';
    const { robot, secret: first } = await create('ci', { secret: isChosen ? CHOSEN : undefined });
    const issuedBefore = await tokenFor('robot$ci', first);
    const second = await rotate(robot, 60, isChosen ? 'Another-Secret-2' : undefined);
    const issuedForFirst = await tokenFor('robot$ci', first);
    const issuedForSecond = await tokenFor('robot$ci', second);
    test.clock.advance(59_999);
    for (const secret of [first, second]) expect(await signIn('robot$ci', secret)).toBeDefined();
    for (const token of [issuedBefore, issuedForFirst, issuedForSecond]) expect(await isAlive(token)).toBe(true);
    test.clock.advance(1);
    expect(await signIn('robot$ci', first)).toBeUndefined();
    expect(await signIn('robot$ci', second)).toBeDefined();
    expect([await isAlive(issuedBefore), await isAlive(issuedForFirst)]).toEqual([false, false]);
    expect(await isAlive(issuedForSecond)).toBe(true);
  });

  it('a second rotation and a disabling end an overlap', async () => {
    const { robot, secret: first } = await create('ci');
    const second = await rotate(robot, 3_600);
    const third = await rotate(robot, 0);
    for (const old of [first, second]) expect(await signIn('robot$ci', old)).toBeUndefined();
    const fourth = await rotate(robot, 3_600);
    const token = await tokenFor('robot$ci', fourth);
    await update(robot, { isDisabled: true });
    await update(robot, { isDisabled: false });
    expect(await signIn('robot$ci', third)).toBeUndefined();
    expect(await signIn('robot$ci', fourth)).toBeDefined();
    expect(await isAlive(token)).toBe(false);
    for (const overlapSeconds of [-1, 0.5, 7 * 86_400 + 1]) {
      await expect(rotate(robot, overlapSeconds)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  it('keep their secrets as hashes only, out of the journal too', async () => {
    const made = await create('made');
    await create('chosen', { secret: CHOSEN });
    const rotated = await rotate(made.robot, 60);
    const rows = await test.database.reader.selectFrom('robots').selectAll().orderBy('id').execute();
    expect(rows[0]?.secret_hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(rows[1]?.secret_hash).toMatch(/^\$argon2id\$/);
    const journal = await test.database.reader.selectFrom('journal').selectAll().execute();
    const kinds = journal.map(({ kind }) => kind).filter((kind) => kind.startsWith('robot.'));
    expect(kinds).toEqual(['robot.created', 'robot.created', 'robot.secret-changed']);
    const text = JSON.stringify([rows, journal]);
    for (const secret of [made.secret, CHOSEN, rotated]) expect(text).not.toContain(secret);
    expect(JSON.stringify(journal)).not.toContain('sha256:');
  });

  it('are noted as used at most once a minute', async () => {
    const { robot, secret } = await create('ci');
    const usedAt = async () => (await test.identity.robots.find(robot.id))?.lastUsedAt;
    expect(await usedAt()).toBeUndefined();
    await signIn('robot$ci', secret);
    await expect.poll(usedAt).toBe(START_MS);
    test.clock.advance(59_999);
    await signIn('robot$ci', secret);
    test.clock.advance(1);
    await signIn('robot$ci', secret);
    await expect.poll(usedAt).toBe(START_MS + 60_000);
    const changes = await test.database.reader.selectFrom('row_changes').selectAll().execute();
    expect(changes.filter((change) => JSON.stringify(change).includes('robots'))).toHaveLength(1);
  });

  it('bound guesses at their secrets as at passwords, and the right one that was made works all the same', async () => {
    const { secret } = await create('ci');
    for (let index = 0; index < 10; index += 1) expect(await signIn('robot$ci', `Wrong-${index}`)).toBeUndefined();
    await expect(signIn('robot$ci', 'Wrong-10')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(await signIn('robot$ci', secret)).toBeDefined();
  });

  it('are named in registry tokens by what they are now', async () => {
    const { robot, secret } = await create('ci');
    expect(await test.identity.tokens.verify(await tokenFor('robot$ci', secret))).toEqual({
      principal: { kind: 'robot', id: robot.id, name: 'robot$ci' },
      access: [],
    });
    const gone = test.identity.tokens.issue({ principal: { kind: 'robot', id: 99, name: 'robot$x' }, access: [] });
    await expect(gone).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});

describe('a secret that is made', () => {
  it('uses every character about as often as any other', () => {
    const counts = new Map<string, number>();
    const random = new SeededRandom(1);
    const hex = (count: number) => random.bytes(count).toString('hex');
    for (let index = 0; index < 2_000; index += 1) {
      for (const character of generateRobotSecret({ hex })) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    for (const count of counts.values()) expect(count).toBeGreaterThan(700);
  });
});
