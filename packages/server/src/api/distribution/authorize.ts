import {
  formatBearerChallenge,
  formatScope,
  isRepositoryName,
  OciError,
  projectOf,
  type ResourceScope,
} from '@roadstead/oci';
import type { RepositoryRef } from '../../content/repository-ref.ts';
import type { Exchange } from '../../http/exchange.ts';
import { REGISTRY_SERVICE } from '../../identity/registry-tokens.ts';
import { principalName } from '../../kernel/principal.ts';
import type { RepositoryAction } from '../../projects/permissions.ts';
import type { Project } from '../../projects/project.ts';
import type { DistributionInstance, DistributionSettings } from './distribution-instance.ts';

/** What a challenge asks for: a push reads too (existence checks), and so does a delete. */
const ASKED_ACTIONS: Readonly<Record<RepositoryAction, readonly string[]>> = {
  pull: ['pull'],
  push: ['pull', 'push'],
  delete: ['pull', 'delete'],
};

export interface AuthorizeInput {
  readonly exchange: Exchange;
  readonly instance: DistributionInstance;
  readonly settings: DistributionSettings;
  readonly repository: string;
  /** The name that was asked for, where it is one of before: tokens are for it. */
  readonly askedAs?: string;
  readonly action: RepositoryAction;
}

/** What a request may work with. */
export interface Authorized {
  /** Within its project. */
  readonly repository: RepositoryRef;
  readonly project: Project;
}

/**
 * Lets the request through, or says why not: without credentials or with an invalid token a challenge (401), with a token
 * that lacks the right `insufficient_scope` (401), with a wrong password 401, with a right one but no right 403, the same
 * for a project that does not exist. What is public may be pulled by anybody.
 * @throws OciError UNAUTHORIZED, DENIED, NAME_UNKNOWN
 */
export async function authorize(input: AuthorizeInput): Promise<Authorized> {
  const { exchange, instance, settings, repository, action } = input;
  assertInProject(repository, action);
  if (exchange.authentication.kind === 'invalid-basic') throw wrongPassword(exchange);
  const project = await instance.projects.find(projectOf(repository));
  if (action === 'pull' && project?.isPublic === true) return toAuthorized(project, repository);
  if (!(await isAllowed(input, project))) throw refuse(input);
  if (project !== undefined) return toAuthorized(project, repository);
  if (action !== 'push' || !settings.createsProjectsOnPush) {
    throw new OciError('NAME_UNKNOWN', `There is no project ${projectOf(repository)}: create it first.`);
  }
  return toAuthorized(await instance.projects.ensure(projectOf(repository), exchange.actor), repository);
}

function toAuthorized(project: Project, name: string): Authorized {
  return { project, repository: { projectId: project.id, name } };
}

function assertInProject(repository: string, action: RepositoryAction): void {
  if (repository.includes('/')) return;
  const code = action === 'pull' ? 'NAME_UNKNOWN' : 'NAME_INVALID';
  throw new OciError(code, `Repositories lie in projects: name it <project>/${repository}.`);
}

/**
 * Whether the request's own credentials give the right. A token gives what it names, as far as its holder has the right
 * still: a project that was closed since is closed for it too.
 */
export async function isAllowed(
  { exchange, instance, repository, askedAs = repository, action }: Omit<AuthorizeInput, 'settings'>,
  project: Project | undefined,
): Promise<boolean> {
  const { authentication } = exchange;
  if (authentication.kind !== 'bearer' && authentication.kind !== 'basic') return false;
  if (authentication.kind === 'bearer' && !holdsScope(authentication.access, askedAs, action)) return false;
  const { permissions } = instance.projects;
  const { principal } = authentication;
  const rights =
    project === undefined
      ? await permissions.allowedActions(principal, repository)
      : await permissions.allowedActionsIn(principal, project, repository);
  return rights.has(action);
}

function holdsScope(access: readonly ResourceScope[], repository: string, action: string): boolean {
  return access.some(
    (scope) => scope.type === 'repository' && scope.name === repository && scope.actions.includes(action),
  );
}

function refuse(input: AuthorizeInput): OciError {
  const { exchange, repository, action } = input;
  if (exchange.authentication.kind === 'basic') {
    const name = principalName(exchange.authentication.principal);
    return new OciError(
      'DENIED',
      `The account ${name} may not ${action} ${repository}, or its project does not exist.`,
    );
  }
  const scope: ResourceScope = { type: 'repository', name: repository, actions: ASKED_ACTIONS[action] };
  return challenge(exchange, [scope, ...mountSourceScopes(exchange)]);
}

/** A mount reads its source: a client that asks for a token once should get one for both repositories. */
function mountSourceScopes({ query }: Exchange): readonly ResourceScope[] {
  const from = query.get('from');
  if (!query.has('mount') || from === null || !isRepositoryName(from)) return [];
  return [{ type: 'repository', name: from, actions: ['pull'] }];
}

/** The answer that sends a client to the token service for these scopes. */
export function challenge(exchange: Exchange, scopes: readonly ResourceScope[]): OciError {
  const { authentication, origin } = exchange;
  const reason =
    authentication.kind === 'bearer'
      ? 'insufficient_scope'
      : authentication.kind === 'invalid-bearer'
        ? 'invalid_token'
        : undefined;
  const header = formatBearerChallenge({
    realm: `${origin}/service/token`,
    service: REGISTRY_SERVICE,
    ...(scopes.length === 0 ? {} : { scope: scopes.map(formatScope).join(' ') }),
    ...(reason === undefined ? {} : { error: reason }),
  });
  exchange.response.setHeader('WWW-Authenticate', header);
  const message =
    reason === 'insufficient_scope'
      ? 'The token does not give the right that this needs, or there is no such project.'
      : 'Sign in to do this.';
  return new OciError('UNAUTHORIZED', message);
}

export function wrongPassword(exchange: Exchange): OciError {
  exchange.response.setHeader('WWW-Authenticate', 'Basic realm="harbor"');
  const { authentication } = exchange;
  const reason = authentication.kind === 'invalid-basic' ? authentication.reason : undefined;
  return new OciError('UNAUTHORIZED', reason ?? 'The user name or the password is wrong.');
}
