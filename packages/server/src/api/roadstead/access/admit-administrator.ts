import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import { isAdministrator } from '../../../kernel/principal.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { AccessInstance, AccessRouteDependencies } from './access-dependencies.ts';

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED: the same whether or not there is what is asked for. */
export function admitAdministrator(
  request: FastifyRequest,
  { instanceOf, actorOf }: AccessRouteDependencies,
): { readonly instance: AccessInstance; readonly actor: Actor } {
  const actor = actorOf(request);
  if (!isAdministrator(actor.principal)) throw refusal(actor.principal);
  return { instance: instanceOf(request), actor };
}
