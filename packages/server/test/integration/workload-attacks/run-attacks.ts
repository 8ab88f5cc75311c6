import { accessOf, WORKLOAD_SCOPE } from '../../in-process/workload-stage.ts';
import { ADDRESS_ATTACKS } from './address-attacks.ts';
import type { WorkloadAttack } from './attack.ts';
import type { AttackStage } from './attack-stage.ts';
import { CLAIM_ATTACKS } from './claim-attacks.ts';
import { HEADER_ATTACKS } from './header-attacks.ts';
import { KEY_ATTACKS } from './key-attacks.ts';
import { RULE_ATTACKS } from './rule-attacks.ts';
import { TIME_ATTACKS } from './time-attacks.ts';

export const WORKLOAD_ATTACKS: readonly WorkloadAttack[] = [
  ...CLAIM_ATTACKS,
  ...HEADER_ATTACKS,
  ...ADDRESS_ATTACKS,
  ...TIME_ATTACKS,
  ...RULE_ATTACKS,
  ...KEY_ATTACKS,
];

/**
 * Shows the token of each attack in the ways in which tokens are taken.
 * @param inEveryWay also by the two older ways of the token route, which end up in the same place as an exchange
 * @returns the names of those that got in, and of those that the server had no answer to
 */
export async function runAttacks(
  stage: AttackStage,
  { inEveryWay }: { readonly inEveryWay: boolean },
): Promise<readonly string[]> {
  const gained = new Set<string>();
  for (const { name, make, isRightElsewhere = false } of WORKLOAD_ATTACKS) {
    const token = await make(stage);
    const { base } = stage;
    const form = { grant_type: 'password', username: 'oidc', password: token, scope: WORKLOAD_SCOPE };
    const older = inEveryWay ? [await base.login(token), await base.post(form)] : [];
    for (const answer of [await base.exchange(token), ...older]) {
      const isIn = isRightElsewhere ? accessOf(answer).length > 0 : answer.statusCode === 200;
      if (isIn || answer.statusCode === 500) gained.add(name);
    }
    // What explains a token must not promise more than the token gets.
    const explained = await base.explain(token).catch(() => undefined);
    if (explained === undefined || explained.rules.some(({ takes }) => takes)) gained.add(name);
    if (!isRightElsewhere && (await base.enter(token))) gained.add(name);
  }
  return [...gained];
}
