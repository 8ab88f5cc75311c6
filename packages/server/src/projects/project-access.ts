import { quoteForMessage } from '@roadstead/oci';
import { ProductError } from '../kernel/errors.ts';
import type { Permission } from '../kernel/permission.ts';
import type { Principal } from '../kernel/principal.ts';
import type { ProjectAction } from './permissions.ts';
import type { ProjectDetails } from './project.ts';
import type { Projects } from './projects.ts';

type ReadableProjects = Pick<Projects, 'findDetails' | 'permissions'>;

/**
 * The project, when the principal may do `action` on it. A missing project and a foreign one get the same refusal
 * (invariant 13); only who sees every project is told that there is none.
 * @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND
 */
export async function getProjectFor(
  projects: ReadableProjects,
  principal: Principal,
  action: ProjectAction,
  idOrName: number | string,
): Promise<ProjectDetails> {
  return getProjectWith(projects, principal, { resource: 'project', action }, idOrName);
}

/** As `getProjectFor`, for what is done in a project: `member:create`. */
export async function getProjectWith(
  projects: ReadableProjects,
  principal: Principal,
  permission: Permission,
  idOrName: number | string,
): Promise<ProjectDetails> {
  const project = await projects.findDetails(idOrName);
  if (project !== undefined && (await projects.permissions.can(principal, permission, { project }))) return project;
  if (project === undefined && (await projects.permissions.canSeeEveryProject(principal))) {
    throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${quoteForMessage(String(idOrName))}`);
  }
  throw refusal(principal);
}

/** @throws ProductError UNAUTHORIZED */
export function assertSignedIn(principal: Principal): void {
  if (principal.kind === 'anonymous') throw refusal(principal);
}

/**
 * What gives power over an account is for the person: with password or session, never by a token or a robot.
 * @throws ProductError UNAUTHORIZED, DENIED
 */
export function assertInPerson(principal: Principal): Extract<Principal, { readonly kind: 'user' }> {
  if (principal.kind === 'user') return principal;
  if (principal.kind === 'anonymous') throw refusal(principal);
  throw new ProductError('DENIED', 'forbidden: sign in with your password to do this, not with a token or as a robot');
}

/** What who may not gets to hear: sign in, or no. */
export function refusal(principal: Principal): ProductError {
  return principal.kind === 'anonymous'
    ? new ProductError('UNAUTHORIZED', 'unauthorized: sign in first')
    : new ProductError('DENIED', 'forbidden: you have no right to do this');
}

/** A project in a path: digits are an id unless the client says, by `X-Is-Resource-Name`, that they are a name. */
export function parseProjectKey(text: string, isResourceName: string | string[] | undefined): number | string {
  const isId = /^\d{1,15}$/.test(text) && String(isResourceName).toLowerCase() !== 'true';
  return isId ? Number(text) : text;
}
