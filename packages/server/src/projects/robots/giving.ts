import { seesEverything } from '../../content/repositories/visibility.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Permission, PermissionBlock, PermissionKey } from '../../kernel/permission.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Rule } from '../access/decision.ts';
import type { Permissions } from '../permissions.ts';
import type { Project } from '../project.ts';
import { refusal } from '../project-access.ts';
import type { NamedBlock } from './harbor-permissions.ts';

/** What giving permissions needs to know. */
export interface GivingDependencies {
  readonly permissions: Pick<Permissions, 'decide' | 'visibilityOf' | 'canSeeEveryProject'>;
  readonly findProject: (name: string) => Promise<Project | undefined>;
}

/** A block with its place found. */
export interface PlacedBlock {
  readonly block: PermissionBlock;
  /** Undefined for the system and for every project. */
  readonly project: Project | undefined;
}

/**
 * Finds the projects that blocks name. Whoever does not see every project is not told which do not exist: one in which the
 * principal may neither look nor do any of what he would give is none to him.
 * @throws ProductError DENIED, UNAUTHORIZED, PROJECT_NOT_FOUND
 */
export async function placeBlocks(
  blocks: readonly NamedBlock[],
  principal: Principal,
  { findProject, permissions }: GivingDependencies,
): Promise<readonly PlacedBlock[]> {
  const placed: PlacedBlock[] = [];
  for (const { place, allow, deny } of blocks) {
    if (typeof place === 'string') {
      placed.push({ block: { scope: place, allow, deny }, project: undefined });
      continue;
    }
    const project = await findProject(place.project);
    if (project !== undefined && (await mayAny(permissions, principal, ['project:read', ...allow], project))) {
      placed.push({ block: { scope: project.id, allow, deny }, project });
    } else if (project === undefined && (await permissions.canSeeEveryProject(principal))) {
      throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${JSON.stringify(place.project.slice(0, 255))}`);
    } else throw refusal(principal);
  }
  return placed;
}

async function mayAny(
  permissions: GivingDependencies['permissions'],
  principal: Principal,
  keys: readonly PermissionKey[],
  project: Project,
): Promise<boolean> {
  for (const key of keys) {
    if ((await permissions.decide(principal, permissionOf(key), { project })).isAllowed) return true;
  }
  return false;
}

/**
 * Nobody gives a robot what is not theirs: what everybody may in a public project is nobody's, since the project may close.
 * @throws ProductError DENIED, UNAUTHORIZED
 */
export async function assertMayGive(
  placed: readonly PlacedBlock[],
  principal: Principal,
  { permissions }: GivingDependencies,
): Promise<void> {
  for (const { block, project } of placed) {
    for (const key of block.allow) {
      const permission = permissionOf(key);
      const isTheirs =
        block.scope === 'all-projects'
          ? seesEverything(await permissions.visibilityOf(principal, permission))
          : isGiven((await permissions.decide(principal, permission, placeOf(project))).rule);
      if (!isTheirs) throw cannotGive(principal, key);
    }
  }
}

/**
 * An access token does nothing that its owner may not when it is used; so all that matters is that it is no wish in vain.
 * @throws ProductError DENIED, UNAUTHORIZED
 */
export async function assertMayBound(
  placed: readonly PlacedBlock[],
  principal: Principal,
  { permissions }: GivingDependencies,
): Promise<void> {
  for (const { block, project } of placed) {
    if (block.scope === 'all-projects') continue;
    for (const key of block.allow) {
      const decision = await permissions.decide(principal, permissionOf(key), placeOf(project));
      if (!decision.isAllowed) throw cannotGive(principal, key);
    }
  }
}

function placeOf(project: Project | undefined) {
  return project === undefined ? ('system' as const) : { project };
}

function isGiven({ kind }: Rule): boolean {
  return kind === 'administrator' || kind === 'system' || kind === 'role' || kind === 'given';
}

function permissionOf(key: PermissionKey): Permission {
  const colon = key.indexOf(':');
  return { resource: key.slice(0, colon), action: key.slice(colon + 1) };
}

function cannotGive(principal: Principal, key: PermissionKey): ProductError {
  if (principal.kind === 'anonymous') return refusal(principal);
  return new ProductError('DENIED', `forbidden: you cannot give ${key} there, as you do not have it yourself`);
}
