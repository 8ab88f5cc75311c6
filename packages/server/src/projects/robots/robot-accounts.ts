import type { Robot } from '../../identity/robots/robot.ts';
import { shortRobotName } from '../../identity/robots/robot-name.ts';
import type { RobotOrder } from '../../identity/robots/robot-store.ts';
import type { NewRobot, NewRobotSecret, Robots } from '../../identity/robots/robots.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Permission, PermissionBlock, PermissionKey } from '../../kernel/permission.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Project } from '../project.ts';
import { refusal } from '../project-access.ts';
import type { Projects } from '../projects.ts';
import { assertMayGive, type PlacedBlock, placeBlocks } from './giving.ts';
import { type HarborPermission, type NamedBlock, readPermissions, renderPermissions } from './harbor-permissions.ts';
import { PERMISSION_CATALOGUE } from './permission-catalogue.ts';

export type RobotLevel = 'system' | 'project';

/** A robot as it is shown. */
export interface RobotDetails {
  readonly robot: Robot;
  /** With the prefix. */
  readonly loginName: string;
  readonly level: RobotLevel;
  readonly permissions: readonly HarborPermission[];
}

export interface RobotRequest extends Omit<NewRobot, 'project' | 'permissions'> {
  readonly level: RobotLevel;
  readonly permissions: readonly HarborPermission[];
}

export interface RobotChange {
  readonly id: number;
  /** These three are told, and must be as they are. */
  readonly name: string | undefined;
  readonly level: string | undefined;
  readonly permissions: readonly HarborPermission[];
  /** Undefined, here and below: as it is. */
  readonly description: string | undefined;
  readonly durationDays: number | undefined;
  readonly isDisabled: boolean | undefined;
  readonly actor: Actor;
}

export interface RobotQuery {
  readonly principal: Principal;
  /** Undefined for those of the system. */
  readonly projectId: number | undefined;
  readonly fullNames?: readonly string[] | undefined;
  readonly nameContains?: string | undefined;
  readonly order: readonly RobotOrder[];
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

/**
 * Robots with the rules of who may do what with them, and what they may be given. A robot that is missing and one that the
 * caller may not see get the same refusal; only who manages all robots is told that there is none.
 */
export interface RobotAccounts {
  /** @throws ProductError DENIED, UNAUTHORIZED */
  list(query: RobotQuery): Promise<{ readonly robots: readonly RobotDetails[]; readonly total: number }>;
  /** @throws ProductError DENIED, UNAUTHORIZED, NOT_FOUND */
  get(id: number, principal: Principal): Promise<RobotDetails>;
  /** @throws ProductError BAD_REQUEST, DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND, CONFLICT */
  create(request: RobotRequest): Promise<{ readonly details: RobotDetails; readonly secret: string }>;
  /** @throws ProductError BAD_REQUEST, DENIED, UNAUTHORIZED, NOT_FOUND */
  update(change: RobotChange): Promise<void>;
  /** @returns the new secret; @throws ProductError BAD_REQUEST, DENIED, UNAUTHORIZED, NOT_FOUND */
  rotateSecret(input: NewRobotSecret): Promise<string>;
  /** @throws ProductError DENIED, UNAUTHORIZED, NOT_FOUND */
  delete(id: number, actor: Actor): Promise<void>;
  /** What the principal may choose from for robots. @throws ProductError DENIED, UNAUTHORIZED */
  catalogueFor(principal: Principal): Promise<Partial<Readonly<Record<RobotLevel, readonly Permission[]>>>>;
}

export interface RobotAccountsDependencies {
  readonly robots: Robots;
  readonly projects: Pick<Projects, 'find' | 'findAll' | 'permissions' | 'forgetRights'>;
}

/** No project has it. */
const NO_PROJECT = 0;

type RobotAction = 'create' | 'read' | 'update' | 'delete' | 'list';

export function createRobotAccounts(dependencies: RobotAccountsDependencies): RobotAccounts {
  return new RuledRobotAccounts(dependencies);
}

class RuledRobotAccounts implements RobotAccounts {
  readonly #robots: Robots;
  readonly #projects: RobotAccountsDependencies['projects'];
  readonly #giving;

  constructor({ robots, projects }: RobotAccountsDependencies) {
    this.#robots = robots;
    this.#projects = projects;
    this.#giving = { permissions: projects.permissions, findProject: (name: string) => projects.find(name) };
  }

  async list({ principal, projectId, page, pageSize, order, ...filter }: RobotQuery) {
    await this.#assertMay(principal, 'list', await this.#findPlace(projectId));
    const total = await this.#robots.count({ ...filter, projectId });
    const limits = { order, limit: pageSize, offset: (page - 1) * pageSize };
    const robots = await this.#robots.list({ ...filter, projectId, ...limits });
    return { robots: await this.#detail(robots), total };
  }

  async get(id: number, principal: Principal): Promise<RobotDetails> {
    return this.#detailOne(await this.#getFor(principal, 'read', id));
  }

  async create({ level, permissions, ...request }: RobotRequest) {
    const { principal } = request.actor;
    if (principal.kind === 'anonymous') throw refusal(principal);
    const named = readPermissions(permissions);
    assertFitsLevel(level, named);
    if (level === 'system') await this.#assertMay(principal, 'create', 'system');
    const placed = await placeBlocks(named, principal, this.#giving);
    const project = level === 'project' ? placed[0]?.project : undefined;
    if (project !== undefined) await this.#assertMay(principal, 'create', { project });
    await assertMayGive(placed, principal, this.#giving);
    const blocks = placed.map(({ block }) => block);
    const { robot, secret } = await this.#robots.create({ ...request, project, permissions: blocks });
    return { details: await this.#detailOne(robot), secret };
  }

  async update(change: RobotChange): Promise<void> {
    const { id, actor } = change;
    const robot = await this.#getFor(actor.principal, 'update', id);
    const level = levelOf(robot);
    await this.#assertSame(robot, change);
    const named = await this.#readChange(robot, change.permissions);
    assertFitsLevel(level, named);
    const placed = await placeBlocks(named, actor.principal, this.#giving);
    if (level === 'project' && placed[0]?.block.scope !== robot.projectId) {
      throw new ProductError(
        'BAD_REQUEST',
        'permissions: a robot stays in its project, and has permissions there only',
      );
    }
    await assertMayGive(addedTo(robot.permissions, placed), actor.principal, this.#giving);
    await this.#robots.update({
      id,
      description: change.description ?? robot.description,
      durationDays: change.durationDays ?? robot.durationDays,
      isDisabled: change.isDisabled ?? robot.isDisabled,
      permissions: placed.map(({ block }) => block),
      actor,
    });
    this.#projects.forgetRights();
  }

  /** Who knows the secret may what the robot may: so only who may all of that anyway gets to know it. */
  async rotateSecret(input: NewRobotSecret): Promise<string> {
    const { principal } = input.actor;
    const robot = await this.#getFor(principal, 'update', input.id);
    await assertMayGive(await this.#placeStored(robot.permissions), principal, this.#giving);
    return this.#robots.rotateSecret(input);
  }

  async delete(id: number, actor: Actor): Promise<void> {
    await this.#getFor(actor.principal, 'delete', id);
    await this.#robots.delete(id, actor);
    this.#projects.forgetRights();
  }

  async catalogueFor(principal: Principal) {
    const { permissions } = this.#projects;
    if (await permissions.can(principal, { resource: 'robot', action: 'create' }, 'system'))
      return PERMISSION_CATALOGUE;
    const where = await permissions.visibilityOf(principal, { resource: 'robot', action: 'create' });
    if (where.everything || where.projectIds.length > 0) return { project: PERMISSION_CATALOGUE.project };
    throw refusal(principal);
  }

  async #detailOne(robot: Robot): Promise<RobotDetails> {
    const [details] = await this.#detail([robot]);
    if (details === undefined) throw new Error('a robot has no details');
    return details;
  }

  async #detail(robots: readonly Robot[]): Promise<readonly RobotDetails[]> {
    const projects = await this.#findProjects(robots.flatMap(({ permissions }) => permissions));
    const names = new Map([...projects].map(([id, { name }]) => [id, name]));
    return Promise.all(
      robots.map(async (robot) => ({
        robot,
        loginName: await this.#robots.loginNameOf(robot),
        level: levelOf(robot),
        permissions: renderPermissions(robot.permissions, names),
      })),
    );
  }

  /** Without the blocks of projects that are gone. */
  async #placeStored(blocks: readonly PermissionBlock[]): Promise<readonly PlacedBlock[]> {
    const projects = await this.#findProjects(blocks);
    return blocks.flatMap((block): readonly PlacedBlock[] => {
      if (typeof block.scope !== 'number') return [{ block, project: undefined }];
      const project = projects.get(block.scope);
      return project === undefined ? [] : [{ block, project }];
    });
  }

  #findProjects(blocks: readonly PermissionBlock[]): Promise<ReadonlyMap<number, Project>> {
    return this.#projects.findAll(blocks.flatMap(({ scope }) => (typeof scope === 'number' ? [scope] : [])));
  }

  async #getFor(principal: Principal, action: RobotAction, id: number): Promise<Robot> {
    const robot = await this.#robots.find(id);
    // As much is looked up for one that is not there: how long an answer takes tells nothing either.
    const found = await this.#findPlace(robot?.projectId ?? NO_PROJECT);
    const place = robot?.projectId === undefined ? 'system' : found;
    await this.#assertMay(principal, action, place);
    if (robot === undefined) throw new ProductError('NOT_FOUND', `there is no robot with the id ${id}`);
    return robot;
  }

  /** Of a project that does not exist: nowhere. */
  async #findPlace(projectId: number | undefined): Promise<'system' | { readonly project: Project } | undefined> {
    if (projectId === undefined) return 'system';
    const project = (await this.#projects.findAll([projectId])).get(projectId);
    return project === undefined ? undefined : { project };
  }

  async #assertMay(
    principal: Principal,
    action: RobotAction,
    place: 'system' | { readonly project: Project } | undefined,
  ): Promise<void> {
    const { permissions } = this.#projects;
    if (place !== undefined && (await permissions.can(principal, { resource: 'robot', action }, place))) return;
    if (place === undefined && (await permissions.canSeeEveryProject(principal))) {
      throw new ProductError('PROJECT_NOT_FOUND', 'there is no such project');
    }
    throw refusal(principal);
  }

  /** Where all that a robot was given is over, nothing is shown of it, and nothing need be sent. */
  async #readChange(robot: Robot, permissions: readonly HarborPermission[]): Promise<readonly NamedBlock[]> {
    const isOver = permissions.length === 0 && (await this.#placeStored(robot.permissions)).length === 0;
    return isOver ? [] : readPermissions(permissions);
  }

  async #assertSame(robot: Robot, { name, level }: RobotChange): Promise<void> {
    const names = [robot.fullName, shortRobotName(robot.fullName), await this.#robots.loginNameOf(robot)];
    if (name !== undefined && !names.includes(name))
      throw new ProductError('BAD_REQUEST', 'name: a robot keeps its name');
    if (level !== undefined && level !== levelOf(robot)) {
      throw new ProductError('BAD_REQUEST', 'level: a robot keeps its level');
    }
  }
}

function levelOf({ projectId }: Robot): RobotLevel {
  return projectId === undefined ? 'system' : 'project';
}

/** @throws ProductError BAD_REQUEST */
function assertFitsLevel(level: RobotLevel, blocks: readonly NamedBlock[]): void {
  if (level === 'system') return;
  const [only] = blocks;
  if (blocks.length === 1 && typeof only?.place === 'object') return;
  throw new ProductError('BAD_REQUEST', 'permissions: a robot of a project has exactly one block, that of the project');
}

/** What is not in `before`, place by place; what is no longer denied counts as given. */
function addedTo(before: readonly PermissionBlock[], after: readonly PlacedBlock[]): readonly PlacedBlock[] {
  const keysOf = (blocks: readonly PermissionBlock[], scope: PermissionBlock['scope'], list: 'allow' | 'deny') =>
    new Set<PermissionKey>(blocks.filter((block) => block.scope === scope).flatMap((block) => block[list]));
  const blocks = after.map(({ block }) => block);
  const lifted = new Set(
    before.flatMap(({ scope, deny }) => deny.filter((key) => !keysOf(blocks, scope, 'deny').has(key))),
  );
  return after.map(({ block, project }) => {
    const had = keysOf(before, block.scope, 'allow');
    return { project, block: { ...block, allow: block.allow.filter((key) => !had.has(key) || lifted.has(key)) } };
  });
}
