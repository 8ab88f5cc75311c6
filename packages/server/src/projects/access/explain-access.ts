import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { type Permission, permissionKey } from '../../kernel/permission.ts';
import { isAdministrator, type Principal, principalName } from '../../kernel/principal.ts';
import { type Permissions, SHOWING_A_PROJECT } from '../permissions.ts';
import type { Project } from '../project.ts';
import { refusal } from '../project-access.ts';
import { explainRule, NO_RULE, type Rule } from './decision.ts';
import { findPrincipal, type PrincipalName } from './find-principal.ts';
import type { Place } from './rights.ts';

export interface AccessQuestion {
  readonly asker: Principal;
  readonly permission: Permission;
  /** Undefined: in the instance as a whole. */
  readonly project: string | undefined;
  /** Without the project's name. */
  readonly repository: string | undefined;
  /** Undefined: for the asker. */
  readonly subject: PrincipalName | undefined;
}

export interface AccessAnswer {
  readonly principal: Principal;
  readonly isAllowed: boolean;
  readonly rule: Rule | { readonly kind: 'cannot-sign-in' };
  /** For people. */
  readonly sentence: string;
}

export interface ExplainDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly permissions: Pick<Permissions, 'decide' | 'can' | 'canSeeEveryProject'>;
  readonly findProject: (name: string) => Promise<Project | undefined>;
  readonly robotNamePrefix: () => Promise<string>;
}

/**
 * Which rule allows something, or that none does. Everybody may ask for himself; for others administrators, and in a project
 * whoever may list its members. A project that the asker cannot see is answered as one that does not exist (invariant 13).
 * @throws ProductError DENIED or UNAUTHORIZED (for others), NOT_FOUND (nobody of that name), PROJECT_NOT_FOUND (for who sees all)
 */
export async function explainAccess(deps: ExplainDependencies, question: AccessQuestion): Promise<AccessAnswer> {
  const { asker, subject } = question;
  const { permissions } = deps;
  const project = question.project === undefined ? undefined : await deps.findProject(question.project);
  if (subject !== undefined) await assertCanAskFor(deps, asker, project);
  const isMissing = question.project !== undefined && project === undefined;
  if (isMissing && (await permissions.canSeeEveryProject(asker))) {
    throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${question.project}`);
  }
  const { principal, canSignIn } =
    subject === undefined ? { principal: asker, canSignIn: true } : await find(deps, question, project);
  if (!canSignIn) {
    const reason = 'the account is disabled or has expired, and is refused everywhere';
    return answer(question, principal, { isAllowed: false, rule: { kind: 'cannot-sign-in' }, reason });
  }
  const decision = isMissing
    ? NO_RULE
    : await permissions.decide(principal, question.permission, placeOf(question, project));
  const isHidden = subject === undefined && question.project !== undefined && !(await canSee(deps, asker, project));
  // Nobody hears of a project by asking what he may do there.
  const doubt = isHidden && !decision.isAllowed ? ', or there is no such project' : '';
  return answer(question, principal, { ...decision, reason: `${explainRule(decision.rule)}${doubt}` });
}

function answer(
  question: AccessQuestion,
  principal: Principal,
  { isAllowed, rule, reason }: Pick<AccessAnswer, 'isAllowed' | 'rule'> & { readonly reason: string },
): AccessAnswer {
  const verb = isAllowed ? 'may' : 'may not';
  const what = `${permissionKey(question.permission)} ${describePlace(question)}`;
  return { principal, isAllowed, rule, sentence: `${principalName(principal)} ${verb} ${what}: ${reason}.` };
}

function placeOf({ repository }: AccessQuestion, project: Project | undefined): Place {
  if (project === undefined) return 'system';
  return { project, repository: repository === undefined ? undefined : `${project.name}/${repository}` };
}

async function canSee({ permissions }: ExplainDependencies, asker: Principal, project: Project | undefined) {
  if (project === undefined) return false;
  for (const permission of SHOWING_A_PROJECT) {
    if (await permissions.can(asker, permission, { project })) return true;
  }
  return false;
}

async function assertCanAskFor(
  { permissions }: ExplainDependencies,
  asker: Principal,
  project: Project | undefined,
): Promise<void> {
  if (isAdministrator(asker)) return;
  const list: Permission = { resource: 'member', action: 'list' };
  if (project !== undefined && (await permissions.can(asker, list, { project }))) return;
  throw refusal(asker);
}

async function find(deps: ExplainDependencies, { asker, subject }: AccessQuestion, project: Project | undefined) {
  const robotsOfProjectId = isAdministrator(asker) ? undefined : project?.id;
  const search = {
    database: deps.database,
    robotNamePrefix: await deps.robotNamePrefix(),
    robotsOfProjectId,
    now: deps.clock.now(),
  };
  const found = subject === undefined ? undefined : await findPrincipal(subject, search);
  if (found !== undefined) return found;
  throw new ProductError('NOT_FOUND', `there is no ${subject?.kind ?? 'user'} of that name`);
}

function describePlace({ project, repository }: AccessQuestion): string {
  if (project === undefined) return 'in the registry as a whole';
  return repository === undefined ? `in the project ${project}` : `in the repository ${project}/${repository}`;
}
