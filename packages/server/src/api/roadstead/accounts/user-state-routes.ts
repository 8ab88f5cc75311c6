import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Account } from '../../../identity/users/account.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { userIdOf } from '../../../kernel/principal.ts';
import { renderInstant } from '../instant.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { DEFAULT_PAGE_SIZE, Id, PageSize, Text } from '../query-fields.ts';
import { type AccountRouteDependencies, admitAdministrator, admitToAccount } from './account-route-dependencies.ts';

const UserParams = Type.Object({ user: Id });
type UserParams = Type.Static<typeof UserParams>;

const SomeText = Type.String({ maxLength: 1_024 });
/** Flags are checked by hand: a validator that coerces would take texts and numbers for them. */
const NewUser = Type.Object({
  username: SomeText,
  password: Type.Optional(SomeText),
  invite: Type.Optional(Type.Unknown()),
  email: Type.Optional(SomeText),
  realName: Type.Optional(SomeText),
  comment: Type.Optional(SomeText),
  isAdministrator: Type.Optional(Type.Unknown()),
  mustChangePassword: Type.Optional(Type.Unknown()),
});
type NewUser = Type.Static<typeof NewUser>;
const NewPassword = Type.Object({ password: SomeText, mustChange: Type.Optional(Type.Unknown()) });
type NewPassword = Type.Static<typeof NewPassword>;

const ListQuery = Type.Object({
  username: Type.Optional(Text(255)),
  secondFactor: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('totp'), Type.Literal('passkey')])),
  after: Type.Optional(Id),
  limit: Type.Optional(PageSize),
});
type ListQuery = Type.Static<typeof ListQuery>;

/** What Harbor's API of users leaves out: disabling, passwords that have to be changed, and seeing both. */
export function registerUserStateRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  registerList(routes, dependencies);
  registerNewUser(routes, dependencies);
  const options = { schema: { params: UserParams } };
  routes.get<{ Params: UserParams }>('/users/:user', options, async (request) => {
    const { account } = await admitToAccount(request, dependencies, Number(request.params.user));
    return renderAccount(account);
  });
  routes.delete<{ Params: UserParams }>('/users/:user', options, async (request, reply) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    await identity.accounts.delete(account.id, actor);
    return reply.code(204).send();
  });
  for (const [word, isDisabled] of [
    ['disable', true],
    ['enable', false],
  ] as const) {
    routes.post<{ Params: UserParams }>(`/users/:user/${word}`, options, async (request, reply) => {
      const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
      await identity.accounts.setDisabled(account.id, isDisabled, actor);
      return reply.code(204).send();
    });
  }
  registerReset(routes, dependencies);
}

/** In the order in which they were made. */
function registerList(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  routes.get<{ Querystring: ListQuery }>('/users', { schema: { querystring: ListQuery } }, async (request) => {
    const { identity } = admitAdministrator(request, dependencies);
    const { username, secondFactor, after, limit: asked } = request.query;
    const limit = Number(asked ?? DEFAULT_PAGE_SIZE);
    const found = await identity.accounts.list({
      name: username === undefined ? undefined : { kind: 'is', text: username },
      secondFactor,
      afterId: after === undefined ? undefined : Number(after),
      order: [],
      limit: limit + 1,
      offset: 0,
    });
    const items = found.slice(0, limit);
    return { items: items.map(renderAccount), next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  });
}

function registerNewUser(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const options = { schema: { body: NewUser }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: NewUser }>('/users', options, async (request, reply) => {
    const { identity, actor } = admitAdministrator(request, dependencies);
    const { username, password, email = '', realName = '', comment = '' } = request.body;
    const isAdministrator = readFlag('isAdministrator', request.body.isAdministrator, false);
    const mustChangePassword = readFlag('mustChangePassword', request.body.mustChangePassword, true);
    const account = { name: username, email, realName, comment, isAdministrator };
    if (readFlag('invite', request.body.invite, false)) {
      if (password !== undefined)
        throw new ProductError('VALIDATION', 'who is invited chooses the password: give none');
      return reply.code(201).send({ id: await identity.accountLinks.invite(account, actor) });
    }
    if (password === undefined) throw new ProductError('VALIDATION', 'password is missing, or "invite": true');
    const id = await identity.accounts.create({ ...account, password, mustChangePassword }, actor);
    return reply.code(201).send({ id });
  });
}

/** For somebody who has lost the password. One's own is changed with the old one, as in Harbor. */
function registerReset(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const options = { schema: { params: UserParams, body: NewPassword }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: UserParams; Body: NewPassword }>('/users/:user/password', options, async (request, reply) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    const path = `/api/v2.0/users/${account.id}/password`;
    if (userIdOf(actor.principal) === account.id) throw new ProductError('DENIED', `change your own by PUT ${path}`);
    const mustChange = readFlag('mustChange', request.body.mustChange, true);
    await identity.accounts.resetPassword({ userId: account.id, password: request.body.password, mustChange, actor });
    return reply.code(204).send();
  });
}

function readFlag(name: string, value: unknown, unset: boolean): boolean {
  if (value === undefined) return unset;
  if (typeof value === 'boolean') return value;
  throw new ProductError('VALIDATION', `${name} must be true or false`);
}

function renderAccount(account: Account): Readonly<Record<string, unknown>> {
  return {
    id: account.id,
    username: account.name,
    email: account.email,
    realName: account.realName,
    comment: account.comment,
    isAdministrator: account.isAdministrator,
    isDisabled: account.disabledAt !== null,
    disabledAt: renderInstant(account.disabledAt),
    mustChangePassword: account.mustChangePassword,
    secondFactors: account.secondFactors,
    createdAt: renderInstant(account.createdAt),
    updatedAt: renderInstant(account.updatedAt),
  };
}
