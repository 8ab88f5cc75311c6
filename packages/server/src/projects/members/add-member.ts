import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { ensureExternalGroup } from '../../identity/groups/ensure-external-group.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { storedNameOfRole } from '../roles/role-ids.ts';
import { describeMember } from './describe-member.ts';
import type { MemberEntity } from './member.ts';
import { findEntity, findMemberRow } from './member-store.ts';

export interface AddMemberInput {
  readonly projectId: number;
  readonly entity: MemberEntity;
  /** Of a role that exists, and that the actor may give. */
  readonly roleId: number;
  /** A pattern; empty: the whole project. */
  readonly repositories: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * @returns the member's id; undefined when the project is gone
 * @throws ProductError BAD_REQUEST or NOT_FOUND (no such user or group: by id and by name), CONFLICT (is one already)
 */
export async function addMember(context: InstanceTransaction, input: AddMemberInput): Promise<number | undefined> {
  const { tx } = context;
  const { projectId, entity, roleId, repositories, actor, now } = input;
  const project = await tx.selectFrom('projects').select('name').where('id', '=', projectId).executeTakeFirst();
  if (project === undefined) return undefined;
  const entityId = (await findEntity(tx, entity))?.id ?? (await createExternalGroup(context, input));
  const isUser = entity.kind === 'user';
  const added = await tx
    .insertInto('project_members')
    .values({
      project_id: projectId,
      user_id: isUser ? entityId : null,
      group_id: isUser ? null : entityId,
      role: storedNameOfRole(roleId) ?? '',
      repositories,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (added === undefined) {
    const where = repositories === '' ? '' : ` on the repositories ${repositories}`;
    throw new ProductError(
      'CONFLICT',
      `this ${isUser ? 'user' : 'group'} is a member of ${project.name}${where} already`,
    );
  }
  const member = await findMemberRow(tx, projectId, added.id);
  const detail = { memberId: added.id, ...(member !== undefined && { after: describeMember(member) }) };
  const kind = 'member.added';
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind,
    resource: project.name,
    projectId,
    outcome: 'done',
    detail,
  });
  return added.id;
}

/** As Harbor, which looks for groups at the provider. @throws ProductError when there is nothing that could be made */
async function createExternalGroup(
  context: InstanceTransaction,
  { entity, actor, now }: AddMemberInput,
): Promise<number> {
  if (entity.kind === 'ldap-group') {
    const { dn, name } = entity;
    return ensureExternalGroup(context, { kind: 'ldap', externalName: dn, name, actor, now });
  }
  if ('groupKind' in entity && entity.groupKind === 'oidc') {
    return ensureExternalGroup(context, { kind: 'oidc', externalName: entity.name, actor, now });
  }
  // Harbor answers 400 to an id that nobody has, and 404 to a name.
  if ('id' in entity) throw new ProductError('BAD_REQUEST', `there is no ${entity.kind} with the id ${entity.id}`);
  throw new ProductError('NOT_FOUND', `there is no ${entity.kind} of that name`);
}
