import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import {
  IMMUTABLE_ACTION,
  IMMUTABLE_TEMPLATE,
  type ImmutableRule as Rule,
} from '../../../policies/immutability/immutable-rule.ts';
import type { Policies } from '../../../policies/policies.ts';
import type { ProjectDetails } from '../../../projects/project.ts';
import { getProjectWith } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { keyOfProject, type ProjectRequest } from '../openapi/project-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { type ListKeys, selectPage } from '../select-page.ts';
import * as contract from './immutable-rules-contract.ts';
import type { ImmutableRule, ImmutableSelector } from './immutable-rules-models.ts';

interface RuleInstance {
  readonly projects: Pick<Projects, 'permissions' | 'findDetails'>;
  readonly policies: Pick<Policies, 'immutableRules'>;
}

export interface ImmutableRuleRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => RuleInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

const KEYS: ListKeys<Rule, 'id' | 'priority' | 'disabled'> = {
  id: (rule) => rule.id,
  priority: (rule) => rule.priority,
  disabled: (rule) => rule.isDisabled,
};

/** Harbor's operations on rules by which tags stay where they are. */
export function registerImmutableRuleRoutes(app: FastifyInstance, dependencies: ImmutableRuleRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.listImmuRules, async (request, reply) => {
      const { rules, project } = await admit(request, dependencies, 'list');
      return selectPage(request, reply, await rules.list(project.id), KEYS).map(renderRule);
    });
    serveOperation(routes, contract.createImmuRule, async (request, reply) => {
      const { rules, project, actor } = await admit(request, dependencies, 'create');
      const id = await rules.create(project.id, request.body, actor);
      reply.header('location', `${HARBOR_BASE}/projects/${project.id}/immutabletagrules/${id}`);
    });
    serveOperation(routes, contract.updateImmuRule, async (request) => {
      const { rules, project, actor } = await admit(request, dependencies, 'update');
      await rules.update(project.id, request.params.immutable_rule_id, request.body, actor);
    });
    serveOperation(routes, contract.deleteImmuRule, async (request) => {
      const { rules, project, actor } = await admit(request, dependencies, 'delete');
      await rules.delete(project.id, request.params.immutable_rule_id, actor);
    });
  });
}

interface Admitted {
  readonly rules: Policies['immutableRules'];
  readonly project: ProjectDetails;
  readonly actor: Actor;
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND */
async function admit(
  request: ProjectRequest,
  { instanceOf, actorOf }: ImmutableRuleRouteDependencies,
  action: 'list' | 'create' | 'update' | 'delete',
): Promise<Admitted> {
  const { projects, policies } = instanceOf(request);
  const actor = actorOf(request);
  const permission = { resource: 'immutable-tag', action };
  const project = await getProjectWith(projects, actor.principal, permission, keyOfProject(request));
  return { rules: policies.immutableRules, project, actor };
}

function renderRule(rule: Rule): ImmutableRule {
  return {
    id: rule.id,
    priority: rule.priority,
    disabled: rule.isDisabled,
    action: IMMUTABLE_ACTION,
    template: IMMUTABLE_TEMPLATE,
    params: {},
    tag_selectors: rule.tag_selectors.map(renderSelector),
    scope_selectors: Object.fromEntries(
      Object.entries(rule.scope_selectors).map(([scope, selectors]) => [scope, selectors.map(renderSelector)]),
    ),
  };
}

function renderSelector({ kind, decoration, pattern, extras }: Rule['tag_selectors'][number]): ImmutableSelector {
  return { kind, decoration, pattern, ...(extras !== undefined && { extras }) };
}
