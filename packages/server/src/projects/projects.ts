import { quoteForMessage } from '@roadstead/oci';
import { findMovedName } from '../content/names/name-redirects.ts';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import { type AccessSettings, DEFAULT_ACCESS_SETTINGS } from '../identity/access-settings.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import type { Principal } from '../kernel/principal.ts';
import { type AccessAnswer, type AccessQuestion, explainAccess } from './access/explain-access.ts';
import { RightsReader } from './access/rights-reader.ts';
import { createProject } from './create-project.ts';
import type { WantedCveAllowlist } from './cve-allowlist/cve-allowlist.ts';
import { type ProjectCveAllowlist, readProjectCveAllowlists } from './cve-allowlist/project-cve-allowlists.ts';
import { deleteProject } from './delete-project.ts';
import { createMembers, type Members } from './members/members.ts';
import type { Metadata, ShownMetadata } from './metadata/metadata-keys.ts';
import { readMetadata } from './metadata/read-metadata.ts';
import type { MetadataChange } from './metadata/write-metadata.ts';
import { createPermissions, type Permissions } from './permissions.ts';
import {
  assertProjectName,
  isProjectName,
  PROJECT_COLUMNS,
  type Project,
  type ProjectDetails,
  type ProjectVisibility,
  type SelectedProject,
  toProject,
} from './project.ts';
import {
  countProjectRows,
  findProjectDetails,
  findProjectsById,
  listProjectRows,
  type ProjectFilter,
  type ProjectOrder,
} from './project-store.ts';
import { createRoles, type Roles } from './roles/roles.ts';
import { type ProjectSummary, summarizeProject } from './summarize-project.ts';
import { updateProject } from './update-project.ts';

/** Which projects to list: of those that the principal may see. */
export interface ProjectQuery extends Omit<ProjectFilter, 'visibility'> {
  readonly principal: Principal;
}

export interface ProjectPageQuery extends ProjectQuery {
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
  /** Default: by name. */
  readonly order?: readonly ProjectOrder[];
}

/** The projects of one instance. Who may do it is asked of `permissions` by the caller. */
export interface Projects {
  readonly permissions: Permissions;
  readonly members: Members;
  readonly roles: Roles;
  /** @throws as `explainAccess` */
  explain(question: AccessQuestion): Promise<AccessAnswer>;
  /** What was changed here, of groups, roles or robots, holds in this process at once. */
  forgetRights(): void;
  /** What the repository of a former name is called now; undefined when it is none. */
  findMoved(repository: string): Promise<string | undefined>;
  /** By name. A hot read: prepared, and never from a cache. */
  find(name: string): Promise<Project | undefined>;
  /** By id (number) or name. */
  findDetails(idOrName: number | string): Promise<ProjectDetails | undefined>;
  /** Those of them that exist, by id. */
  findAll(ids: Iterable<number>): Promise<ReadonlyMap<number, Project>>;
  /** @throws ProductError PROJECT_NOT_FOUND */
  get(idOrName: number | string): Promise<ProjectDetails>;
  list(query: ProjectPageQuery): Promise<readonly ProjectDetails[]>;
  count(query: ProjectQuery): Promise<number>;
  /** @throws ProductError BAD_REQUEST (the name), CONFLICT (the name is taken). */
  create(input: {
    readonly name: string;
    readonly isPublic: boolean;
    readonly isInternal?: boolean | undefined;
    readonly metadata?: Metadata | undefined;
    /** Checked by the caller. */
    readonly cveAllowlist?: WantedCveAllowlist | undefined;
    /** Bytes, checked by the caller; -1: as many as it likes; undefined: what new projects may hold. */
    readonly storageBytes?: number | undefined;
    readonly actor: Actor;
  }): Promise<Project>;
  /** The project of that name; makes a private one when there is none.
   * @throws ProductError BAD_REQUEST (the name). */
  ensure(name: string, actor: Actor): Promise<Project>;
  /** @throws ProductError PROJECT_NOT_FOUND, PRECONDITION (it holds artifacts). */
  delete(idOrName: number | string, actor: Actor): Promise<void>;
  /** Values are checked by the caller. @throws ProductError PROJECT_NOT_FOUND */
  update(input: {
    readonly idOrName: number | string;
    /** undefined: it stays */
    readonly visibility?: ProjectVisibility | undefined;
    readonly metadata?: MetadataChange | undefined;
    readonly cveAllowlist?: WantedCveAllowlist | undefined;
    readonly actor: Actor;
  }): Promise<void>;
  /** Two queries, however many. */
  metadataOf(projectIds: readonly number[]): Promise<ReadonlyMap<number, ShownMetadata>>;
  /** Those of them that have one of their own: one query, however many. */
  cveAllowlistsOf(projectIds: readonly number[]): Promise<ReadonlyMap<number, ProjectCveAllowlist>>;
  summarize(projectId: number): Promise<ProjectSummary>;
}

export interface ProjectsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Default: those of a new instance. */
  readonly settings?: (() => Promise<AccessSettings>) | undefined;
  /** A push by an administrator to a missing project makes it. Default: no. */
  readonly createsProjects?: boolean | undefined;
}

const BY_NAME: readonly ProjectOrder[] = [{ key: 'name', descending: false }];

export function createProjects(dependencies: ProjectsDependencies): Projects {
  return new DatabaseProjects(dependencies);
}

class DatabaseProjects implements Projects {
  readonly permissions: Permissions;
  readonly members: Members;
  readonly roles: Roles;
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;
  readonly #rights: RightsReader;
  readonly #settings: () => Promise<AccessSettings>;
  readonly #findByName: (values: readonly [string]) => Promise<readonly SelectedProject[]>;

  constructor({ database, clock, settings, createsProjects }: ProjectsDependencies) {
    this.#database = database;
    this.#clock = clock;
    this.#findByName = database.prepareRead(
      'project_by_name',
      `select ${PROJECT_COLUMNS.join(', ')} from projects where name = ?`,
    );
    this.#settings = settings ?? (async () => DEFAULT_ACCESS_SETTINGS);
    this.#rights = new RightsReader({ database, clock, settings: this.#settings });
    this.permissions = createPermissions({
      findProject: (name) => this.find(name),
      rights: this.#rights,
      createsProjects: createsProjects ?? false,
    });
    const onChange = () => this.forgetRights();
    this.roles = createRoles({ database, clock, onChange });
    this.members = createMembers({ database, clock, permissions: this.permissions, roles: this.roles, onChange });
  }

  explain(question: AccessQuestion): Promise<AccessAnswer> {
    const dependencies = {
      database: this.#database,
      clock: this.#clock,
      permissions: this.permissions,
      findProject: (name: string) => this.find(name),
      robotNamePrefix: async () => (await this.#settings()).robotNamePrefix,
    };
    return explainAccess(dependencies, question);
  }

  forgetRights(): void {
    this.#rights.forget();
  }

  findMoved(repository: string): Promise<string | undefined> {
    return findMovedName(this.#database.reader, repository);
  }

  async find(name: string): Promise<Project | undefined> {
    if (!isProjectName(name)) return undefined;
    const [row] = await this.#findByName([name]);
    return row === undefined ? undefined : toProject(row);
  }

  async findDetails(idOrName: number | string): Promise<ProjectDetails | undefined> {
    if (typeof idOrName === 'string' && !isProjectName(idOrName)) return undefined;
    return findProjectDetails(this.#database.reader, idOrName);
  }

  findAll(ids: Iterable<number>): Promise<ReadonlyMap<number, Project>> {
    return findProjectsById(this.#database.reader, ids);
  }

  async get(idOrName: number | string): Promise<ProjectDetails> {
    return (await this.findDetails(idOrName)) ?? noSuchProject(idOrName);
  }

  async list({ page, pageSize, order, ...query }: ProjectPageQuery): Promise<readonly ProjectDetails[]> {
    return listProjectRows(this.#database.reader, {
      ...(await this.#filterOf(query)),
      order: order ?? BY_NAME,
      limit: pageSize,
      offset: (page - 1) * pageSize,
    });
  }

  async count(query: ProjectQuery): Promise<number> {
    return countProjectRows(this.#database.reader, await this.#filterOf(query));
  }

  async create({ isInternal = false, ...asked }: Parameters<Projects['create']>[0]): Promise<Project> {
    const { name } = asked;
    assertProjectName(name);
    const input = { ...asked, isInternal, now: this.#clock.now() };
    const project = await this.#database.execute(createProject, input);
    if (project === undefined) throw new ProductError('CONFLICT', `there is a project named ${name} already`);
    this.#rights.forget();
    return project;
  }

  async ensure(name: string, actor: Actor): Promise<Project> {
    const existing = await this.find(name);
    if (existing !== undefined) return existing;
    assertProjectName(name);
    const input = { name, isPublic: false, isInternal: false, actor, now: this.#clock.now() };
    const created = await this.#database.execute(createProject, input);
    this.#rights.forget();
    return created ?? (await this.find(name)) ?? noSuchProject(name);
  }

  async delete(idOrName: number | string, actor: Actor): Promise<void> {
    const { id } = await this.get(idOrName);
    const input = { projectId: id, actor, now: this.#clock.now() };
    if (!(await this.#database.execute(deleteProject, input))) noSuchProject(idOrName);
  }

  async update({ idOrName, ...change }: Parameters<Projects['update']>[0]): Promise<void> {
    const { id } = await this.get(idOrName);
    const input = { projectId: id, ...change, now: this.#clock.now() };
    if (!(await this.#database.execute(updateProject, input))) noSuchProject(idOrName);
  }

  metadataOf(projectIds: readonly number[]): Promise<ReadonlyMap<number, ShownMetadata>> {
    return readMetadata(this.#database.reader, projectIds);
  }

  cveAllowlistsOf(projectIds: readonly number[]): Promise<ReadonlyMap<number, ProjectCveAllowlist>> {
    return readProjectCveAllowlists(this.#database.reader, projectIds);
  }

  summarize(projectId: number): Promise<ProjectSummary> {
    return summarizeProject(this.#database.reader, projectId);
  }

  async #filterOf({ principal, ...filter }: ProjectQuery): Promise<ProjectFilter> {
    return { ...filter, visibility: await this.permissions.visibleProjects(principal) };
  }
}

function noSuchProject(idOrName: number | string): never {
  const which = typeof idOrName === 'number' ? `the id ${idOrName}` : `the name ${quoteForMessage(idOrName)}`;
  throw new ProductError('PROJECT_NOT_FOUND', `there is no project with ${which}`);
}
