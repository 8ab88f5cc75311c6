import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { appendJournal } from '../journal/journal.ts';
import type { Actor } from '../kernel/actor.ts';
import { type NetworkRuleSet, NO_NETWORK_RULES, parseNetworkRuleSet } from './network-rule-set.ts';

/** The setting that holds an instance's rules, as JSON; without it there are none. */
export const NETWORK_RULES_SETTING = 'network-rules';

export interface SetNetworkRulesInput {
  readonly rules: NetworkRuleSet;
  /** The actor wanted it although it locks its own address out. */
  readonly isForced: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/** Replaces the rules, and notes those before them. */
export async function setNetworkRules({ tx }: InstanceTransaction, input: SetNetworkRulesInput): Promise<void> {
  const { rules, isForced, actor, now } = input;
  const row = await tx
    .selectFrom('settings')
    .select('value')
    .where('name', '=', NETWORK_RULES_SETTING)
    .executeTakeFirst();
  const before = row === undefined ? NO_NETWORK_RULES : readFormer(row.value);
  const value = JSON.stringify({ management: rules.management, registry: rules.registry });
  await tx
    .insertInto('settings')
    .values({ name: NETWORK_RULES_SETTING, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'network-rules.updated',
    detail: {
      resource: 'network-rules',
      outcome: 'done',
      isForced,
      managementBefore: before.management,
      management: rules.management,
      registryBefore: before.registry,
      registry: rules.registry,
    },
  });
}

/** What cannot be read any more keeps nobody from putting something better in its place. */
function readFormer(value: string): NetworkRuleSet {
  try {
    return parseNetworkRuleSet(JSON.parse(value));
  } catch {
    return NO_NETWORK_RULES;
  }
}
