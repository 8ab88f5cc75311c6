import type { Kysely } from 'kysely';
import type { InstancePushGate } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { RuleSelectors } from '../selectors/selector.ts';
import { isAttachmentTag, isImmutable } from './immutable-rule.ts';

/**
 * Refuses to move or to take away a tag that stands somewhere and that a rule of its project keeps. A tag that is new may be set, and one
 * that is set again to where it stands has not moved: neither asks this gate.
 */
export const immutabilityGate: InstancePushGate = {
  name: 'immutability',
  async assertCanPush(tx, _actor, intent) {
    if (intent.kind !== 'move-tag' && intent.kind !== 'delete-tag' && intent.kind !== 'delete-manifest') return;
    const { tags, projectId, repository } = intent;
    // Signatures of an image that stays may be added to.
    const asked = intent.kind === 'move-tag' ? tags.filter((tag) => !isAttachmentTag(tag)) : tags;
    if (asked.length === 0) return;
    const rules = await listEnabled(tx, projectId);
    if (rules.length === 0) return;
    const kept = asked.find((tag) => isImmutable(rules, repository, tag));
    if (kept === undefined) return;
    throw new ProductError(
      'PRECONDITION',
      `Failed to process request due to '${repository}:${kept}' configured as immutable.`,
    );
  },
};

async function listEnabled(tx: Kysely<InstanceSchema>, projectId: number): Promise<readonly RuleSelectors[]> {
  const rows = await tx
    .selectFrom('immutable_rules')
    .select('selectors')
    .where('project_id', '=', projectId)
    .where('is_disabled', '=', 0)
    .execute();
  return rows.map((row) => JSON.parse(row.selectors) as RuleSelectors);
}
