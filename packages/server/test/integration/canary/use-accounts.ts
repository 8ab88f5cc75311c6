import type { Field } from './fields.ts';
import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';

const USERS = '/api/v2.0/users';
const OUR_USERS = '/api/roadstead/v1/users';

/** Makes an account by the administrator. @returns its id */
export async function createUser(stage: Stage, username: string, password: string): Promise<number> {
  const made = await stage.expect(201, stage.admin, 'POST', USERS, { json: newUser(username)(password) });
  return Number(made.headers.location?.split('/').at(-1));
}

/** Passwords where they are chosen and changed. */
export async function useAccounts(stage: Stage): Promise<void> {
  await useNewAccounts(stage);
  await useOwnChange(stage);
  await useResets(stage);
}

const newUser = (username: string) => (password: unknown) => ({
  username,
  password,
  email: `${username}@example.org`,
  realname: username,
});

async function useNewAccounts(stage: Stage): Promise<void> {
  const { book, admin, anonymous } = stage;
  await stage.expect(200, admin, 'PUT', '/api/roadstead/v1/access-settings', { json: { selfRegistration: true } });
  const ours = (password: unknown) => ({ username: 'bea', password, mustChangePassword: false });
  const ways = [
    ['password of POST /api/v2.0/users', admin, USERS, newUser('ann')],
    ['password of POST /api/roadstead/v1/users', admin, OUR_USERS, ours],
    ['password of a stranger who makes an account', anonymous, USERS, newUser('cai')],
  ] as const;
  for (const [index, [field, client, path, body]] of ways.entries()) {
    // A refused way must not be one that makes the account.
    await refuseBody(stage, {
      field,
      client,
      method: 'POST',
      path,
      body: (secret) => ({ ...body(secret), username: 'a,b' }),
    });
    await stage.expect(201, client, 'POST', path, { json: body(book.right(field)) });
    await expectSignIn(stage, field, ['ann', 'bea', 'cai'][index] ?? '');
    await stage.ask(client, 'POST', path, { json: body(book.right(field)) });
  }
}

async function useOwnChange(stage: Stage): Promise<void> {
  const { book } = stage;
  const oldField = 'old_password of PUT /api/v2.0/users/:id/password';
  const newField = 'new_password of PUT /api/v2.0/users/:id/password';
  const path = `${USERS}/${await createUser(stage, 'dan', book.right(oldField))}/password`;
  const client = stage.clientOf('dan', book.right(oldField));
  await expectSignIn(stage, oldField, 'dan');
  await refuseBody(stage, {
    field: oldField,
    client,
    method: 'PUT',
    path,
    body: (secret) => ({ old_password: secret, new_password: 'Some-Password-1' }),
  });
  // Before the right one is asked for, which the throttle of that account must not meet.
  const own = (secret: unknown) => ({ old_password: 'no', new_password: secret });
  await refuseBody(stage, { field: newField, client, method: 'PUT', path, body: own });
  const change = { old_password: book.right(oldField), new_password: book.right(newField) };
  await stage.expect(200, client, 'PUT', path, { json: change });
  await expectSignIn(stage, newField, 'dan');
}

async function useResets(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const id = await createUser(stage, 'eve', 'Some-Password-1');
  const ways = [
    ['new_password for somebody else', `${USERS}/${id}/password`, (secret: unknown) => ({ new_password: secret })],
    [
      'password of PUT /api/roadstead/v1/users/:id/password',
      `${OUR_USERS}/${id}/password`,
      (secret: unknown) => ({ password: secret, mustChange: false }),
    ],
  ] as const;
  for (const [field, path, body] of ways) {
    // An account that is not there: where the refused ways are none, nothing is changed.
    await refuseBody(stage, { field, client: admin, method: 'PUT', path: path.replace(String(id), '999999'), body });
    await stage.ask(admin, 'PUT', path, { json: body(book.right(field)) });
    await expectSignIn(stage, field, 'eve');
  }
  const field = 'secret of PUT /api/v2.0/users/:id/cli_secret';
  const path = `${USERS}/${id}/cli_secret`;
  await refuseBody(stage, { field, client: admin, method: 'PUT', path, body: (secret) => ({ secret }) });
}

async function expectSignIn(stage: Stage, field: Field, username: string): Promise<void> {
  const client = stage.clientOf(username, stage.book.right(field));
  await stage.expect(200, stage.from(client, field), 'GET', '/v2/');
  stage.book.use(field, 'accepted');
}
