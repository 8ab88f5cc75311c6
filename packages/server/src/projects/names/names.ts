import { isRepositoryName, projectOf, quoteForMessage } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Principal } from '../../kernel/principal.ts';
import { assertProjectName, type ProjectDetails } from '../project.ts';
import { getProjectFor, getProjectWith, refusal } from '../project-access.ts';
import type { Projects } from '../projects.ts';
import { giveUpName } from './give-up-name.ts';
import { moveRepository } from './move-repository.ts';
import { renameProject } from './rename-project.ts';

/** A name of before that still leads to what had it. */
export interface FormerName {
  readonly name: string;
  /** What it leads to, as that is called now: a project, or a repository with its project. */
  readonly leadsTo: string;
  readonly since: number;
}

export interface NamesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly projects: Pick<Projects, 'findDetails' | 'find' | 'permissions' | 'forgetRights'>;
}

/** The names of projects and repositories, and those that they had before. */
export class Names {
  readonly #deps: NamesDependencies;

  constructor(deps: NamesDependencies) {
    this.#deps = deps;
  }

  /**
   * For who may change the project, and make another one.
   * @throws ProductError BAD_REQUEST (the name), CONFLICT (it is taken), and those of `getProjectFor`
   */
  async renameProject(idOrName: number | string, name: string, actor: Actor): Promise<void> {
    const { database, clock, projects } = this.#deps;
    const project = await getProjectFor(projects, actor.principal, 'update', idOrName);
    if (!(await projects.permissions.canCreateProject(actor.principal))) throw refusal(actor.principal);
    assertProjectName(name);
    const input = { projectId: project.id, name, actor, now: clock.now() };
    if (!(await database.execute(renameProject, input))) throw refusal(actor.principal);
    projects.forgetRights();
  }

  /**
   * For who may delete repositories where it is, and push them where it goes, in the whole project.
   * @throws ProductError BAD_REQUEST, NOT_FOUND, CONFLICT, and those of `getProjectFor`
   */
  async moveRepository(from: string, to: string, actor: Actor): Promise<void> {
    for (const name of [from, to]) assertInProject(name);
    const { database, clock, projects } = this.#deps;
    for (const [name, action] of [
      [from, 'delete'],
      [to, 'push'],
    ] as const) {
      await getProjectWith(projects, actor.principal, { resource: 'repository', action }, projectOf(name));
    }
    await database.execute(moveRepository, { from, to, actor, now: clock.now() });
    projects.forgetRights();
  }

  /** By name. @throws as `getProjectFor` */
  async listFormer(idOrName: number | string, principal: Principal): Promise<readonly FormerName[]> {
    const project = await this.#readable(idOrName, principal);
    const rows = await this.#deps.database.reader
      .selectFrom('name_redirects')
      .leftJoin('repositories', 'repositories.id', 'name_redirects.repository_id')
      .select(['name_redirects.name', 'name_redirects.created_at', 'repositories.name as repository'])
      .where((row) =>
        row.or([row('name_redirects.project_id', '=', project.id), row('repositories.project_id', '=', project.id)]),
      )
      .orderBy('name_redirects.name')
      .execute();
    return rows.map(({ name, created_at, repository }) => ({
      name,
      leadsTo: repository ?? project.name,
      since: created_at,
    }));
  }

  /** For who may change the project. @throws ProductError NOT_FOUND, and those of `getProjectFor` */
  async giveUp(idOrName: number | string, name: string, actor: Actor): Promise<void> {
    const { database, clock, projects } = this.#deps;
    const project = await getProjectFor(projects, actor.principal, 'update', idOrName);
    const input = { projectId: project.id, name, actor, now: clock.now() };
    if (await database.execute(giveUpName, input)) return;
    throw new ProductError('NOT_FOUND', `${quoteForMessage(name)} is no former name of ${project.name}`);
  }

  #readable(idOrName: number | string, principal: Principal): Promise<ProjectDetails> {
    return getProjectFor(this.#deps.projects, principal, 'read', idOrName);
  }
}

function assertInProject(name: string): void {
  if (isRepositoryName(name) && projectOf(name) !== name) return;
  throw new ProductError('BAD_REQUEST', `${quoteForMessage(name)} is no repository: write <project>/<name>`);
}
