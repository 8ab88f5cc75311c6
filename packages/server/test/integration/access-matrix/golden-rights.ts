import { readFileSync } from 'node:fs';

/** Who asks. Roles are in the project `own`; everybody but the strangers is known to the instance. */
export const ASKERS = [
  'anonymous',
  'administrator',
  'projectAdmin',
  'maintainer',
  'developer',
  'guest',
  'limitedGuest',
  'group developer',
  'admin of other',
  'outsider',
  'robot',
  'bounded token',
  'robot of elsewhere',
  'token of elsewhere',
  'session of elsewhere',
] as const;
export type Asker = (typeof ASKERS)[number];

export const PROJECTS = ['own', 'other'] as const;
export type ProjectName = (typeof PROJECTS)[number];

/** What a request needs. */
export type Need =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'signed-in' }
  /** A person: no robot, and no token that is bounded. */
  | { readonly kind: 'person' }
  /** A user, by whatever credentials: no robot. */
  | { readonly kind: 'user' }
  | { readonly kind: 'administrator' }
  | { readonly kind: 'project'; readonly permission: string };

/** `allowed`; `sign in`: nobody known asks; `denied`: somebody known, who may not. */
export type Expected = 'allowed' | 'sign in' | 'denied';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../src/projects/roles/builtin-roles.golden.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const STRANGERS: ReadonlySet<Asker> = new Set([
  'anonymous',
  'robot of elsewhere',
  'token of elsewhere',
  'session of elsewhere',
]);

/** What the robot and the bounded token were given, both in `own` only; the token's owner is its developer. */
export const GIVEN_TO_ROBOT = ['repository:pull', 'repository:push', 'repository:list', 'artifact:list', 'member:list'];
export const GIVEN_TO_TOKEN = ['repository:pull', 'project:read', 'tag:list'];

/** Told from the table of Harbor's roles alone, without a line of the product. */
export function tell(asker: Asker, need: Need, project: ProjectName): Expected {
  if (need.kind === 'nothing') return 'allowed';
  if (STRANGERS.has(asker)) return 'sign in';
  return isAllowed(asker, need, project) ? 'allowed' : 'denied';
}

function isAllowed(asker: Asker, need: Exclude<Need, { kind: 'nothing' }>, project: ProjectName): boolean {
  if (asker === 'administrator' || need.kind === 'signed-in') return true;
  if (need.kind === 'administrator') return false;
  if (need.kind === 'user') return asker !== 'robot';
  if (need.kind === 'person') return asker !== 'robot' && asker !== 'bounded token';
  const { permission } = need;
  if (asker === 'admin of other') return project === 'other' && roleHas('projectAdmin', permission);
  if (project !== 'own' || asker === 'outsider') return false;
  if (asker === 'robot') return GIVEN_TO_ROBOT.includes(permission);
  if (asker === 'bounded token') return GIVEN_TO_TOKEN.includes(permission) && roleHas('developer', permission);
  return roleHas(asker === 'group developer' ? 'developer' : asker, permission);
}

function roleHas(role: string, permission: string): boolean {
  const [resource = '', action = ''] = permission.split(':');
  return GOLDEN[resource]?.[role]?.includes(action) ?? false;
}
