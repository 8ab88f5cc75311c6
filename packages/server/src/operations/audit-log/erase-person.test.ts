import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyLines } from '../../../test/in-process/test-audit-log.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../test/in-process/test-operations.ts';
import { appendJournal, type JournalEntry } from '../../journal/journal.ts';
import type { Principal } from '../../kernel/principal.ts';

const CAROL: Principal = { kind: 'user', id: 77, name: 'carol', isAdministrator: false };
const HER_TOKEN: Principal = { kind: 'access-token', id: 5, userId: 77, name: 'carol', isAdministrator: false };
const OTHER_TOKEN: Principal = { kind: 'access-token', id: 55, userId: 7, name: 'bob', isAdministrator: false };
const OTHERS: Principal = { kind: 'user', id: 7, name: 'bob', isAdministrator: false };
const ANYBODY: Principal = { kind: 'anonymous' };

describe.each(ENGINES)('who is to be forgotten on %s', (engine) => {
  let test: TestOperations;

  beforeEach(async () => {
    test = await openTestOperations(engine);
  });
  afterEach(() => test?.close());

  const append = (principal: Principal, kind: string, detail: JournalEntry['detail'] = {}) =>
    test.database.write((tx) => appendJournal(tx, { at: 1, actor: { ...OPERATOR, principal }, kind, detail }));
  const kinds = async () =>
    (await test.database.reader.selectFrom('journal').select(['actor', 'kind', 'detail']).orderBy('id').execute()).map(
      ({ actor, kind }) => `${actor} ${kind}`,
    );
  const exported = async () => {
    const lines: string[] = [];
    for await (const part of test.operations.auditLog.export()) lines.push(...part.trimEnd().split('\n'));
    return lines;
  };

  it('leaves stumps that verify: of what he did, by his tokens too, and of what names him', async () => {
    await append(OPERATOR.principal, 'user.created', { userId: 77, username: 'carol', email: 'carol@example.com' });
    await append(OPERATOR.principal, 'user.created', { userId: 7, username: 'bob', email: null });
    const member = (user: string, userId: number) => JSON.stringify({ user, userId, role: 'guest', repositories: '' });
    await append(OPERATOR.principal, 'member.added', { memberId: 1, after: member('carol', 77) });
    await append(OPERATOR.principal, 'member.updated', {
      memberId: 2,
      before: member('bob', 7),
      after: member('bob', 7),
    });
    await append(OPERATOR.principal, 'group.member-added', { groupId: 1, userId: 77, username: 'carol' });
    await append(CAROL, 'access-token.created', { accessTokenId: 5, userId: 77 });
    await append(OTHERS, 'access-token.created', { accessTokenId: 55, userId: 7 });
    await append(HER_TOKEN, 'tag.moved', { tag: 'v1' });
    await append(OTHER_TOKEN, 'tag.moved', { tag: 'v2' });
    await append(CAROL, 'tag.moved', { tag: 'v3' });
    await append(ANYBODY, 'login.failed', { resource: 'user:77', outcome: 'refused' });
    await append(ANYBODY, 'login.failed', { resource: 'user:7', outcome: 'refused' });
    await append(OPERATOR.principal, 'user.deleted', { userId: 77 });

    expect(await test.operations.auditLog.erasePerson(77, OPERATOR)).toBe(7);

    expect(await kinds()).toEqual([
      'user:1 user.created',
      'user:1 member.updated',
      'user:7 access-token.created',
      'access-token:55 tag.moved',
      'anonymous login.failed',
      'user:1 user.deleted',
      'user:1 audit.erasure-requested',
      'system:audit-log audit.erased',
    ]);
    const lines = await exported();
    expect(lines.join('\n')).not.toContain('carol');
    expect(verifyLines(lines)).toMatchObject({ isWhole: true, erased: 7 });
    // Once more finds nothing, and is told of.
    expect(await test.operations.auditLog.erasePerson(77, OPERATOR)).toBe(0);
    expect((await kinds()).filter((kind) => kind.endsWith('audit.erasure-requested'))).toHaveLength(2);
  });

  it('is nobody who has an account: an administrator would cover up what he did', async () => {
    const { id } = await test.database.write((tx) =>
      tx
        .insertInto('users')
        .values({
          username: 'dave',
          password_hash: 'x',
          is_administrator: 0,
          token_epoch: 1,
          created_at: 1,
          updated_at: 1,
        })
        .returning('id')
        .executeTakeFirstOrThrow(),
    );
    await append({ ...CAROL, id }, 'tag.moved');
    await expect(test.operations.auditLog.erasePerson(id, OPERATOR)).rejects.toMatchObject({ code: 'PRECONDITION' });
    expect(await kinds()).toEqual([`user:${id} tag.moved`]);
  });

  it('leaves more stumps than are erased at once', async () => {
    await test.database.write(async (tx) => {
      for (let index = 0; index < 1_205; index += 1) {
        const principal = index % 6 === 0 ? OTHERS : CAROL;
        await appendJournal(tx, { at: 1, actor: { ...OPERATOR, principal }, kind: 'tag.moved', detail: { index } });
      }
    });
    expect(await test.operations.auditLog.erasePerson(77, OPERATOR)).toBe(1_004);
    expect(verifyLines(await exported())).toMatchObject({ isWhole: true, erased: 1_004 });
  });
});
