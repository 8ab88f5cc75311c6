import { quoteForMessage } from '@roadstead/oci';
import type { TokenExplainer, TokenExplanation } from '../../identity/workload/token-explainer.ts';
import type { WorkloadRule, WorkloadRuleSettings } from '../../identity/workload/workload-rule.ts';
import { noSuchWorkloadRule, type WorkloadRules } from '../../identity/workload/workload-rules.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { type Permission, type PermissionBlock, permissionKey } from '../../kernel/permission.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { ProjectDetails } from '../project.ts';
import { getProjectWith } from '../project-access.ts';
import type { Projects } from '../projects.ts';
import { assertMayGive } from '../robots/giving.ts';
import { isInCatalogue } from '../robots/permission-catalogue.ts';

export interface WorkloadRuleRequest extends Omit<WorkloadRuleSettings, 'permissions'> {
  /** An id or a name. */
  readonly project: number | string;
  readonly permissions: readonly Permission[];
  readonly actor: Actor;
}

interface RulePlace {
  readonly project: number | string;
  readonly id: number;
}

export interface RuleAccountsDependencies {
  readonly rules: WorkloadRules;
  readonly explainer: Pick<TokenExplainer, 'explain'>;
  readonly projects: Pick<Projects, 'find' | 'findDetails' | 'permissions' | 'forgetRights'>;
}

type RobotAction = 'list' | 'read' | 'create' | 'update' | 'delete';

/**
 * Workload rules with the rules of who may do what with them: whoever may do it with robots of the project. Nobody gives a rule what he
 * could not give a robot, and whoever changes one has to be able to give all that it then gives, since he decides to whom.
 */
export class RuleAccounts {
  readonly #rules: WorkloadRules;
  readonly #explainer: RuleAccountsDependencies['explainer'];
  readonly #projects: RuleAccountsDependencies['projects'];

  constructor({ rules, explainer, projects }: RuleAccountsDependencies) {
    this.#rules = rules;
    this.#explainer = explainer;
    this.#projects = projects;
  }

  /** @throws ProductError DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND */
  async list(project: number | string, principal: Principal): Promise<readonly WorkloadRule[]> {
    return this.#rules.list((await this.#enter(principal, 'list', project)).id);
  }

  /** @throws ProductError DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND, NOT_FOUND */
  async get({ project, id }: RulePlace, principal: Principal): Promise<WorkloadRule> {
    const { id: projectId } = await this.#enter(principal, 'read', project);
    const rule = await this.#rules.find(id);
    if (rule?.projectId !== projectId) throw noSuchWorkloadRule();
    return rule;
  }

  /**
   * What each rule of the project makes of a token. For whoever may see the rules; the token lets nobody in by that.
   * @throws ProductError DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND
   */
  async explain(
    { project, token }: { readonly project: number | string; readonly token: string },
    principal: Principal,
  ): Promise<TokenExplanation> {
    return this.#explainer.explain(token, await this.list(project, principal));
  }

  /** @throws ProductError BAD_REQUEST, DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND, CONFLICT */
  async create({ actor, ...request }: WorkloadRuleRequest): Promise<WorkloadRule> {
    const project = await this.#enter(actor.principal, 'create', request.project);
    const settings = await this.#settle(request, project, actor.principal);
    return this.#rules.create({ projectId: project.id, settings, actor });
  }

  /** @throws ProductError BAD_REQUEST, DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND, NOT_FOUND, CONFLICT */
  async update({ actor, ...request }: WorkloadRuleRequest & RulePlace): Promise<WorkloadRule> {
    const project = await this.#enter(actor.principal, 'update', request.project);
    const settings = await this.#settle(request, project, actor.principal);
    const updated = await this.#rules.update({ id: request.id, projectId: project.id, settings, actor });
    this.#projects.forgetRights();
    return updated;
  }

  /** @throws ProductError DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND, NOT_FOUND */
  async delete({ project, id }: RulePlace, actor: Actor): Promise<void> {
    const { id: projectId } = await this.#enter(actor.principal, 'delete', project);
    await this.#rules.delete({ projectId, id, actor });
    this.#projects.forgetRights();
  }

  #enter(principal: Principal, action: RobotAction, project: number | string): Promise<ProjectDetails> {
    return getProjectWith(this.#projects, principal, { resource: 'robot', action }, project);
  }

  async #settle(
    { name, issuer, audience, conditions, isDisabled, permissions }: Omit<WorkloadRuleRequest, 'actor'>,
    project: ProjectDetails,
    principal: Principal,
  ): Promise<WorkloadRuleSettings> {
    if (permissions.length === 0) throw new ProductError('BAD_REQUEST', 'permissions: give at least one');
    const unknown = permissions.find((permission) => !isInCatalogue('project', permission));
    if (unknown !== undefined) {
      const quoted = quoteForMessage(`${unknown.resource}:${unknown.action}`);
      throw new ProductError('BAD_REQUEST', `permissions: ${quoted} is not one that can be given in a project`);
    }
    const allow = [...new Set(permissions.map(permissionKey))];
    const block: PermissionBlock = { scope: project.id, allow, deny: [] };
    await assertMayGive([{ block, project }], principal, {
      permissions: this.#projects.permissions,
      findProject: (text) => this.#projects.find(text),
    });
    return { name, issuer, audience, conditions, isDisabled, permissions: allow };
  }
}
