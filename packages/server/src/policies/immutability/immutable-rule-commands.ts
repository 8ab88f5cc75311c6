import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { fingerprintOf, type ImmutableRuleSettings, MAX_IMMUTABLE_RULES, type RuleSwitch } from './immutable-rule.ts';

interface RuleChange {
  readonly projectId: number;
  readonly actor: Actor;
  readonly now: number;
}

export interface CreateImmutableRuleInput extends RuleChange {
  readonly settings: ImmutableRuleSettings;
}

/** @returns the id, or what stands in the way */
export async function createImmutableRule(
  context: InstanceTransaction,
  { projectId, settings, actor, now }: CreateImmutableRuleInput,
): Promise<number | 'too-many' | 'taken' | 'no-project'> {
  const { tx } = context;
  if (!(await lockProject(context, projectId))) return 'no-project';
  const { total } = await tx
    .selectFrom('immutable_rules')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
  if (Number(total) >= MAX_IMMUTABLE_RULES) return 'too-many';
  const values = { project_id: projectId, ...toValues(settings), created_at: now, updated_at: now };
  const inserted = await tx
    .insertInto('immutable_rules')
    .values(values)
    .onConflict((conflict) => conflict.columns(['project_id', 'fingerprint']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return 'taken';
  await record(context, 'immutable-rule.created', inserted.id, { projectId, actor, now }, settings);
  return inserted.id;
}

export interface UpdateImmutableRuleInput extends RuleChange {
  readonly id: number;
  readonly settings: ImmutableRuleSettings | RuleSwitch;
}

/** Puts other settings in the place of those before; a switch alone leaves them as they are. */
export async function updateImmutableRule(
  context: InstanceTransaction,
  { id, projectId, settings, actor, now }: UpdateImmutableRuleInput,
): Promise<'updated' | 'missing' | 'taken'> {
  const { tx } = context;
  // Whoever makes or changes rules of the project waits here, so that none is taken twice.
  if (!(await lockProject(context, projectId))) return 'missing';
  const values = 'priority' in settings ? toValues(settings) : { is_disabled: settings.isDisabled ? 1 : 0 };
  const twin = await tx
    .selectFrom('immutable_rules')
    .select('id')
    .where('project_id', '=', projectId)
    .where('fingerprint', '=', 'fingerprint' in values ? values.fingerprint : '')
    .where('id', '<>', id)
    .executeTakeFirst();
  if (twin !== undefined) return 'taken';
  const updated = await tx
    .updateTable('immutable_rules')
    .set({ ...values, updated_at: now })
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) return 'missing';
  await record(context, 'immutable-rule.updated', id, { projectId, actor, now }, settings);
  return 'updated';
}

export interface DeleteImmutableRuleInput extends RuleChange {
  readonly id: number;
}

/** @returns whether the project has the rule */
export async function deleteImmutableRule(
  context: InstanceTransaction,
  { id, projectId, actor, now }: DeleteImmutableRuleInput,
): Promise<boolean> {
  const removed = await context.tx
    .deleteFrom('immutable_rules')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) return false;
  await record(context, 'immutable-rule.deleted', id, { projectId, actor, now });
  return true;
}

async function lockProject({ tx, capabilities }: InstanceTransaction, projectId: number): Promise<boolean> {
  const query = tx.selectFrom('projects').select('id').where('id', '=', projectId);
  return (await (capabilities.rowLocks ? query.forNoKeyUpdate() : query).executeTakeFirst()) !== undefined;
}

function toValues(settings: ImmutableRuleSettings) {
  const { tag_selectors, scope_selectors, priority, isDisabled } = settings;
  return {
    priority,
    is_disabled: isDisabled ? 1 : 0,
    selectors: JSON.stringify({ tag_selectors, scope_selectors }),
    fingerprint: fingerprintOf(settings),
  };
}

async function record(
  { tx }: InstanceTransaction,
  kind: string,
  id: number,
  { projectId, actor, now }: RuleChange,
  settings?: ImmutableRuleSettings | RuleSwitch,
): Promise<void> {
  const detail = {
    ruleId: id,
    ...(settings !== undefined && {
      isDisabled: settings.isDisabled,
    }),
    ...(settings !== undefined &&
      'priority' in settings && {
        tagSelectors: JSON.stringify(settings.tag_selectors),
        scopeSelectors: JSON.stringify(settings.scope_selectors),
      }),
  };
  await journalAuditSink.record(tx, { at: now, actor, kind, resource: String(id), projectId, outcome: 'done', detail });
}
