import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import { canOperate, type OperatorPermission } from '../../../operations/can-operate.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { LoginProviderInstance, LoginProviderRouteDependencies } from './login-provider-dependencies.ts';

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED: the same whether or not there is what is asked for. */
export async function admitProviderKeeper(
  request: FastifyRequest,
  { instanceOf, actorOf }: LoginProviderRouteDependencies,
  permission: OperatorPermission,
): Promise<{ readonly instance: LoginProviderInstance; readonly actor: Actor }> {
  const actor = actorOf(request);
  const instance = instanceOf(request);
  if (!(await canOperate(instance.projects.permissions, actor.principal, permission))) throw refusal(actor.principal);
  return { instance, actor };
}
