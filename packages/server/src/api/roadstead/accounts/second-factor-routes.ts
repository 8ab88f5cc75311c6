import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { OPEN_BEFORE_ENROLMENT } from '../../../http/route-access.ts';
import type { Passkey } from '../../../identity/passkeys/passkey.ts';
import type { SecondFactorState } from '../../../identity/second-factors/second-factors.ts';
import { renderInstant } from '../instant.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Id } from '../query-fields.ts';
import { type AccountRouteDependencies, admitPerson, admitToAccount } from './account-route-dependencies.ts';
import { ProofBody, readProof, sessionIdOf } from './proof-request.ts';

const BASE = '/second-factor';

const SomeText = Type.String({ maxLength: 1_024 });
const CodeBody = Type.Object({ code: SomeText });
type CodeBody = Type.Static<typeof CodeBody>;
const UserParams = Type.Object({ user: Id });
type UserParams = Type.Static<typeof UserParams>;

/** One's own second factors, and for administrators the way back in of somebody who has lost them. */
export function registerSecondFactorRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  registerTotp(routes, dependencies);
  registerRecoveryCodes(routes, dependencies);
  routes.get(BASE, { config: OPEN_BEFORE_ENROLMENT }, async (request) => {
    const { identity, userId } = admitPerson(request, dependencies);
    return renderState(await identity.secondFactors.find(userId));
  });
  const ofUser = { schema: { params: UserParams } };
  routes.delete<{ Params: UserParams }>('/users/:user/second-factor', ofUser, async (request, reply) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    await identity.secondFactors.clear(account.id, actor);
    return reply.code(204).send();
  });
}

function registerTotp(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const config = OPEN_BEFORE_ENROLMENT;
  routes.post(`${BASE}/totp`, { config }, async (request, reply) => {
    const { identity, user } = admitPerson(request, dependencies);
    const begun = await identity.secondFactors.beginTotp(user);
    return reply.code(201).header('cache-control', 'no-store').send(begun);
  });
  const options = { schema: { body: CodeBody }, bodyLimit: MAX_BODY_BYTES, config };
  routes.post<{ Body: CodeBody }>(`${BASE}/totp/confirm`, options, async (request, reply) => {
    const { identity, user, actor } = admitPerson(request, dependencies);
    const sessionId = sessionIdOf(dependencies.exchangeOf(request));
    const codes = await identity.secondFactors.confirmTotp({ user, code: request.body.code, sessionId, actor });
    return reply.header('cache-control', 'no-store').send({ recoveryCodes: codes ?? null });
  });
  const proven = { schema: { body: ProofBody }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: ProofBody }>(`${BASE}/totp/remove`, proven, async (request, reply) => {
    const { identity, user, actor } = admitPerson(request, dependencies);
    await identity.secondFactors.removeTotp(user, readProof(request.body), actor);
    return reply.code(204).send();
  });
}

function registerRecoveryCodes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const options = { schema: { body: ProofBody }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: ProofBody }>(`${BASE}/recovery-codes`, options, async (request, reply) => {
    const { identity, user, actor } = admitPerson(request, dependencies);
    const recoveryCodes = await identity.secondFactors.replaceRecoveryCodes(user, readProof(request.body), actor);
    return reply.header('cache-control', 'no-store').send({ recoveryCodes });
  });
}

function renderState({ totpSince, passkeys, recoveryCodesLeft }: SecondFactorState): Readonly<Record<string, unknown>> {
  return {
    totp: totpSince === null ? null : { enrolledAt: renderInstant(totpSince) },
    passkeys: passkeys.map(renderPasskey),
    recoveryCodesLeft,
  };
}

function renderPasskey(passkey: Passkey): Readonly<Record<string, unknown>> {
  return {
    id: passkey.id,
    name: passkey.name,
    host: passkey.host,
    isSynced: passkey.isSynced,
    createdAt: renderInstant(passkey.createdAt),
    lastUsedAt: renderInstant(passkey.lastUsedAt),
  };
}
