import type { FastifyRequest } from 'fastify';
import { parseProjectKey } from '../../../projects/project-access.ts';

/** A request whose path names a project, or has its id. */
export type ProjectRequest = FastifyRequest<{
  Params: { readonly project_name_or_id: string };
  Headers: { readonly 'x-is-resource-name'?: boolean };
}>;

/** The project that a request is about: an id, or a name where the header says so or it is no number. */
export function keyOfProject({ params, headers }: ProjectRequest): number | string {
  return parseProjectKey(params.project_name_or_id, String(headers['x-is-resource-name']));
}
