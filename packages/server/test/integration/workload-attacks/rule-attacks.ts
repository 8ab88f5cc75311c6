import type { WorkloadRule } from '../../../src/identity/workload/workload-rule.ts';
import { GITHUB_CLAIMS } from '../../in-process/workload-claims.ts';
import { PULL_PUSH } from '../../in-process/workload-stage.ts';
import { type WorkloadAttack, withClaims } from './attack.ts';
import type { AttackStage } from './attack-stage.ts';

let serial = 0;

/** A token that came in, and whose rule is another now. */
function after(name: string, act: (stage: AttackStage, rule: WorkloadRule) => Promise<unknown>): WorkloadAttack {
  const make = async (stage: AttackStage) => {
    serial += 1;
    const repository = `octo-org/passing-${serial}`;
    const rule = await stage.base.create(`passing-${serial}`, { repository: [repository] });
    const token = await stage.sign({ repository });
    await stage.enter(token);
    await act(stage, rule);
    return token;
  };
  return { name, make };
}

const update = ({ base }: AttackStage, rule: WorkloadRule, more: object) =>
  base.accounts.update({ ...rule, project: 'team', permissions: PULL_PUSH, actor: base.test.actor, ...more });

/** Claims again, with a member a second time. */
const twice = (name: string, member: string, change: (json: string, member: string) => string): WorkloadAttack => ({
  name,
  make: (stage) => stage.signText(change(JSON.stringify(stage.claimsOf()), member)),
});
const inFront = (json: string, member: string) => `{${member},${json.slice(1)}`;
const behind = (json: string, member: string) => `${json.slice(0, -1)},${member}}`;

/** Rules that are not for this, subjects that are none, and claims that two readers read differently. */
export const RULE_ATTACKS: readonly WorkloadAttack[] = [
  {
    name: 'a rule of another project',
    make: (stage) => stage.sign({ repository: 'octo-org/other' }),
    isRightElsewhere: true,
  },
  withClaims('a rule that is disabled', () => ({ repository: 'octo-org/off' })),
  withClaims('a rule that was deleted', () => ({ repository: 'octo-org/gone' })),
  after('a rule that was deleted since', ({ base }, { id }) =>
    base.accounts.delete({ project: 'team', id }, base.test.actor),
  ),
  after('a rule that was disabled since', (stage, rule) => update(stage, rule, { isDisabled: true })),
  after('a rule that was changed since', (stage, rule) => update(stage, rule, { conditions: { sub: ['other'] } })),
  after('a rule for another audience since', (stage, rule) => update(stage, rule, { audience: 'https://x.example' })),
  withClaims('no subject', () => ({ sub: undefined })),
  withClaims('an empty subject', () => ({ sub: '' })),
  withClaims('a subject that is a list', () => ({ sub: [GITHUB_CLAIMS.sub] })),
  withClaims('a subject that is a number', () => ({ sub: 1 })),
  withClaims('a subject of kilobytes', () => ({ sub: 'x'.repeat(1025) })),
  withClaims('a token of 17 KiB', () => ({ filler: 'x'.repeat(17 * 1024) })),
  twice('a claim twice, the right one last', '"repository":"evil/x"', inFront),
  twice('a claim twice, the right one first', '"repository":"evil/x"', behind),
  twice('a claim twice, once with an escape', '"r\\u0065pository":"evil/x"', inFront),
  twice('two members for the audience', '"aud":"https://other.example"', inFront),
  twice('two members for the issuer', '"iss":"https://evil.example"', inFront),
  twice('two members for the end', '"exp":1', inFront),
  twice('a nested claim twice', '"x":{"y":1,"y":2}', inFront),
  twice('a mark of byte order before the claims', '"x":1', (json, member) => `\ufeff${inFront(json, member)}`),
  twice('a comment in the claims', '"x":1', (json, member) => inFront(json, `/**/${member}`)),
  { name: 'a list for claims', make: (stage) => stage.signText(JSON.stringify([stage.claimsOf()])) },
  { name: 'a text for claims', make: (stage) => stage.signText(JSON.stringify(JSON.stringify(stage.claimsOf()))) },
  { name: 'null for claims', make: (stage) => stage.signText('null') },
];
