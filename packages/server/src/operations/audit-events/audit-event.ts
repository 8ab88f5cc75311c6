import { AUDITED_COMMANDS } from './audited-commands.ts';

/** What an entry tells in Harbor's words: something was done to a kind of thing. */
export interface AuditEvent {
  readonly operation: string;
  readonly resourceType: string;
}

const RESOURCE_TYPES: ReadonlyMap<string, string> = new Map([
  ['manifest', 'artifact'],
  ['login', 'user'],
  ['access-settings', 'configuration'],
  ['instance-settings', 'configuration'],
  ['quota-defaults', 'configuration'],
]);

const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['created', 'create'],
  ['added', 'create'],
  ['pushed', 'create'],
  ['moved', 'create'],
  ['uploaded', 'create'],
  ['mounted', 'create'],
  ['deleted', 'delete'],
  ['removed', 'delete'],
  ['purged', 'delete'],
  ['updated', 'update'],
  ['changed', 'update'],
  ['set', 'update'],
  ['pulled', 'pull'],
  ['succeeded', 'login'],
  ['failed', 'login'],
  ['refused', 'login'],
]);

/** Words of ours that mean something else for one kind of thing. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['repository.moved', 'rename'],
  ['storage.moved', 'move'],
  ['second-factor.refused', 'refuse'],
]);

/** What Harbor's first audit log has: what is done to content, to projects and their robots. */
export const FIRST_LOG_TYPES: readonly string[] = ['artifact', 'project', 'repository', 'robot', 'tag'];

/** The types of events that Harbor has a name for. */
export const HARBOR_EVENT_TYPES: readonly string[] = [
  'create_artifact',
  'delete_artifact',
  'pull_artifact',
  'create_project',
  'delete_project',
  'delete_repository',
  'login_user',
  'logout_user',
  'create_user',
  'delete_user',
  'update_user',
  'create_robot',
  'delete_robot',
  'update_configuration',
];

/** @param kind of an entry: `manifest.pushed` */
export function toAuditEvent(kind: string): AuditEvent {
  const [subject = kind, verb = kind] = kind.split('.', 2);
  return {
    operation: EXCEPTIONS.get(kind) ?? OPERATIONS.get(verb) ?? verb,
    resourceType: RESOURCE_TYPES.get(subject) ?? subject,
  };
}

/** The kinds of entries whose event is one of those that are wanted. */
export function listKindsOf(isWanted: (event: AuditEvent) => boolean): readonly string[] {
  const known = Object.values(AUDITED_COMMANDS).flatMap((audit) => ('kinds' in audit ? audit.kinds : []));
  return [...new Set(known)].filter((kind) => isWanted(toAuditEvent(kind)));
}
