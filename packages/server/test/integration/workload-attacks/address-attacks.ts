import { WORKLOAD_AUDIENCE } from '../../in-process/workload-claims.ts';
import { type WorkloadAttack, withClaims } from './attack.ts';
import { SECOND_AUDIENCE } from './attack-stage.ts';

const OTHER = 'https://other.example';

const from = (name: string, change: (issuer: string) => unknown): WorkloadAttack =>
  withClaims(name, (stage) => ({ iss: change(stage.issuer.issuer) }));

const forWhom = (name: string, aud: unknown): WorkloadAttack => withClaims(name, () => ({ aud }));

/** By whom a token is, and for whom. */
export const ADDRESS_ATTACKS: readonly WorkloadAttack[] = [
  {
    name: 'an issuer that nobody trusts',
    make: (stage) => stage.stranger.sign(stage.claimsOf({ iss: stage.stranger.issuer })),
  },
  { name: 'a neighbour at the same host', make: (stage) => stage.issuer.sign(stage.claimsAt('neighbour')) },
  {
    name: 'a neighbour at the same host with the claims of a trusted one',
    make: (stage) => stage.issuer.sign(stage.claimsOf({ iss: `${stage.issuer.issuer}/neighbour` })),
  },
  {
    name: 'a trusted neighbour with the claims of another trusted one',
    make: (stage) => stage.issuer.sign(stage.claimsAt('tenant', 'octo-org/app')),
  },
  {
    name: 'a trusted issuer with the claims of its neighbour',
    make: (stage) => stage.sign({ repository: 'octo-org/tenant' }),
  },
  from('the issuer with a slash', (issuer) => `${issuer}/`),
  from('the issuer in capitals', (issuer) => issuer.toUpperCase()),
  from('the host in capitals', (issuer) => issuer.replace('issuer.test', 'Issuer.test')),
  from('the host with a dot at its end', (issuer) => issuer.replace('issuer.test', 'issuer.test.')),
  from('the issuer with a path', (issuer) => `${issuer}/other`),
  from('the issuer with a path to itself', (issuer) => `${issuer}/tenant/..`),
  from('the issuer with a query', (issuer) => `${issuer}?x`),
  from('the issuer with a fragment', (issuer) => `${issuer}#x`),
  from('the issuer as a user name', (issuer) => `${issuer}@evil.example`),
  from('the issuer over http', (issuer) => issuer.replace('https:', 'http:')),
  from('the issuer without https', (issuer) => issuer.replace('https://', '')),
  from('the issuer with a Cyrillic letter', (issuer) => issuer.replace('e', '\u0435')),
  from('the issuer with a line end', (issuer) => `${issuer}\n`),
  from('the issuer with a space', (issuer) => ` ${issuer}`),
  from('the issuer with NUL', (issuer) => `${issuer}\0`),
  from('a pattern for the issuer', () => '%'),
  from('a list of issuers', (issuer) => [issuer]),
  from('an object for the issuer', (issuer) => ({ [issuer]: issuer })),
  from('an issuer of kilobytes', (issuer) => `${issuer}/${'x'.repeat(2_000)}`),
  from('no issuer', () => undefined),
  from('null for the issuer', () => null),
  {
    name: 'a registry token of ours',
    make: async (stage) => (await stage.base.exchange(await stage.sign())).json().token,
  },
  forWhom('another audience', OTHER),
  forWhom('a further audience', [WORKLOAD_AUDIENCE, OTHER]),
  forWhom('ours after another audience', [OTHER, WORKLOAD_AUDIENCE]),
  forWhom('the audience twice', [WORKLOAD_AUDIENCE, WORKLOAD_AUDIENCE]),
  forWhom('the audience in a list of a list', [[WORKLOAD_AUDIENCE]]),
  forWhom('the audience as a member', { 0: WORKLOAD_AUDIENCE, length: 1 }),
  forWhom('the audience with a slash', `${WORKLOAD_AUDIENCE}/`),
  forWhom('the audience in capitals', WORKLOAD_AUDIENCE.toUpperCase()),
  forWhom('an audience that begins with ours', `${WORKLOAD_AUDIENCE}.evil.example`),
  forWhom('the beginning of the audience', WORKLOAD_AUDIENCE.slice(0, -1)),
  forWhom('two audiences in one text', `${WORKLOAD_AUDIENCE} ${OTHER}`),
  forWhom('the audience with a line end', `${WORKLOAD_AUDIENCE}\n`),
  forWhom('the audience with NUL', `${WORKLOAD_AUDIENCE}\0`),
  forWhom('no audience', undefined),
  forWhom('null for the audience', null),
  forWhom('an empty list of audiences', []),
  forWhom('an empty audience', ''),
  withClaims('the audience of another rule', () => ({ aud: SECOND_AUDIENCE })),
  withClaims('the claims of a rule for another audience', () => ({ repository: 'octo-org/second' })),
];
