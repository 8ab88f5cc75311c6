import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { assertSameOrigin } from '../../../http/assert-not-forged.ts';
import { SIGN_IN } from '../../../http/route-access.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Id } from '../query-fields.ts';
import { type AccountRouteDependencies, admitToAccount } from './account-route-dependencies.ts';

const SomeText = Type.String({ maxLength: 1_024 });
const ResetBody = Type.Object({ username: Type.Optional(SomeText), email: Type.Optional(SomeText) });
type ResetBody = Type.Static<typeof ResetBody>;
const CompleteBody = Type.Object({ token: SomeText, password: SomeText });
type CompleteBody = Type.Static<typeof CompleteBody>;
const UserParams = Type.Object({ user: Id });
type UserParams = Type.Static<typeof UserParams>;

const BASE = '/password-resets';

/** The way into an account by a mail: for the first time, and back. */
export function registerPasswordLinkRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const { exchangeOf, instanceOf, actorOf } = dependencies;
  const asked = { schema: { body: ResetBody }, bodyLimit: MAX_BODY_BYTES, config: SIGN_IN };
  routes.post<{ Body: ResetBody }>(BASE, asked, async (request, reply) => {
    assertSameOrigin(exchangeOf(request));
    await instanceOf(request).identity.accountLinks.requestReset(readIdentifier(request.body), actorOf(request));
    return reply.code(202).send();
  });
  const completed = { schema: { body: CompleteBody }, bodyLimit: MAX_BODY_BYTES, config: SIGN_IN };
  routes.post<{ Body: CompleteBody }>(`${BASE}/complete`, completed, async (request, reply) => {
    assertSameOrigin(exchangeOf(request));
    const { token, password } = request.body;
    await instanceOf(request).identity.accountLinks.complete(token, password, actorOf(request));
    return reply.code(204).header('cache-control', 'no-store').send();
  });
  const ofUser = { schema: { params: UserParams } };
  routes.post<{ Params: UserParams }>('/users/:user/password-reset', ofUser, async (request, reply) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    await identity.accountLinks.sendReset(account.id, actor);
    return reply.code(202).send();
  });
  const invitation = '/users/:user/invitation';
  routes.post<{ Params: UserParams }>(invitation, ofUser, async (request, reply) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    await identity.accountLinks.inviteAgain(account.id, actor);
    return reply.code(202).send();
  });
  routes.delete<{ Params: UserParams }>(invitation, ofUser, async (request, reply) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    await identity.accountLinks.withdrawInvitation(account.id, actor);
    return reply.code(204).send();
  });
}

/** @throws ProductError VALIDATION */
function readIdentifier({ username, email }: ResetBody): string {
  const given = [username, email].filter((text) => text !== undefined && text !== '');
  const [identifier] = given;
  if (identifier !== undefined && given.length === 1) return identifier;
  throw new ProductError('VALIDATION', 'give either username or email: whose password it is');
}
