import { KUBERNETES_CLAIMS } from '../../in-process/workload-claims.ts';
import { type WorkloadAttack, withClaims, withValues } from './attack.ts';

const REPOSITORIES: readonly unknown[] = [
  ...['octo-org/app2', 'octo-org/app-evil', 'octo-org/app/x', 'evil/octo-org/app', 'octo-org/App', 'Octo-Org/app'],
  ...[' octo-org/app', 'octo-org/app ', 'octo-org/app\n', 'evil\nocto-org/app', 'octo-org/app\nevil', 'octo-org/app\r'],
  ...['octo-org%2Fapp', 'octo-org//app', 'octo-org/./app', 'octo-org\\app', 'octo-org/app\0', '\ufeffocto-org/app'],
  ...['octo-org/\u0430pp', 'octo-org/\uff41pp', 'octo-org/a\u200bpp', 'octo-org/app\u202e', 'octo-org\u2215app'],
  ...['octo-org/app\u2028', 'octo-org/app\ud800', '*', '**', '*/*', 'octo-org/*', 'octo-org/ap', '', '.*', 'octo-org'],
  ...[null, undefined, true, 1, {}, [], { 0: 'octo-org/app' }, { 'octo-org/app': true }, { toString: 'octo-org/app' }],
  ...[[['octo-org/app']], ['octo-org/app', {}], ['octo-org/app', null], ['octo-org/', 'app'], 'octo-org/app,x'],
];
const REFS = [
  ...['refs/heads/main/x', 'refs/heads/mainx', 'main', 'refs/tags/v1/../../heads/x', 'refs/tags/x', 'refs/tags'],
  ...['refs/heads/Main', 'refs/heads/m\u0430in', 'refs/heads/main\n', 'x\nrefs/tags/v1', 'refs/tags/v1/x', undefined],
];
const SITES = [
  'repo:octo-org/site:pull_request',
  'repo:octo-org/site:environment:production',
  'repo:octo-org/site-evil:ref:refs/heads/main',
  'repo:evil/x:ref:refs/heads/repo:octo-org/site:ref:refs/heads/main',
  'repo:octo-org/site:ref:refs/heads/a/b',
  'repo:octo-org/site:ref:refs/heads',
  'REPO:octo-org/site:ref:refs/heads/main',
  'repo:octo-org/site:ref:refs/tags/refs/heads/main',
  'evil\nrepo:octo-org/site:ref:refs/heads/main',
];
const HUGE = 'x'.repeat(1025);

/** What the conditions of rules must not be deceived by. */
export const CLAIM_ATTACKS: readonly WorkloadAttack[] = [
  ...withValues('repository', REPOSITORIES, { ref: 'refs/heads/main' }),
  ...withValues('ref', REFS, { repository: 'octo-org/app' }),
  ...withValues('repository', [
    'wide-org/a/b',
    'wide-orgx/a',
    'wide-org',
    'x/wide-org/a',
    'wide-org\n/a',
    'Wide-org/a',
  ]),
  ...withValues('repository', ['octo-org/dotxapp', 'octo-org/dotapp', 'octo-org/dot.app.x', 'octo-org/dot\u2024app']),
  ...withValues('repository', [
    'kelvin-org/cafe\u0301',
    '\u212aelvin-org/caf\u00e9',
    'kelvin-org/CAF\u00c9',
    'kelvin-org/cafe',
  ]),
  ...withValues('sub', SITES),
  ...withValues('environment', [undefined, null, {}, [], [null], [[]], { name: 'x' }, HUGE, [HUGE]], {
    repository: 'octo-org/env',
  }),
  ...withValues('groups', [
    [],
    ['team'],
    ['team/ci/x'],
    [['team/ci']],
    { 0: 'team/ci' },
    'team/ci,x',
    'team/ci team/x',
  ]),
  ...withValues('groups', [Array.from({ length: 257 }, () => 'team/ci'), ['TEAM/CI'], [`team/ci\n`], [true]]),
  ...withValues('account_id', [
    '9007199254740993',
    '9007199254740992.0',
    '9.007199254740992e15',
    ['9007199254740992', {}],
  ]),
  ...withValues(
    'ref_protected',
    ['TRUE', 'True', 'yes', '1', 1, null, ['false'], { true: true }, 'true\n', 'true,false'],
    {
      project_path: 'group/app',
    },
  ),
  {
    name: 'account_id 9007199254740993, a number that becomes another when it is read',
    make: (stage) => {
      const { account_id: _, ...claims } = stage.claimsOf({ repository: 'x/y', sub: 'ci' });
      return stage.signText(`${JSON.stringify(claims).slice(0, -1)},"account_id":9007199254740993}`);
    },
  },
  withClaims('half of one rule and half of another', () => ({
    ...{ repository: 'x/y', project_path: 'group/app', ref_protected: 'false' },
  })),
  withClaims('a flat claim for a nested one', () => ({
    ...{ repository: 'x/y', 'kubernetes.io/namespace': 'shop', 'kubernetes.io/serviceaccount/name': 'deployer' },
  })),
  withClaims('the namespace alone', () => ({
    ...{ ...KUBERNETES_CLAIMS, repository: 'x/y' },
    'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'x' } },
  })),
  withClaims('a nested claim in a list', () => ({
    ...{ ...KUBERNETES_CLAIMS, repository: 'x/y' },
    'kubernetes.io': [KUBERNETES_CLAIMS['kubernetes.io']],
  })),
  {
    name: 'claims that would be inherited',
    make: (stage) => {
      const { repository: _, ...claims } = stage.claimsOf();
      return stage.signText(`${JSON.stringify(claims).slice(0, -1)},"__proto__":{"repository":"octo-org/app"}}`);
    },
  },
  ...createPullRequests(),
];

/** What GitHub writes for the pull request of a fork, whose branch its author names as he likes. */
function createPullRequests(): readonly WorkloadAttack[] {
  const request = { ref: 'refs/pull/7/merge', event_name: 'pull_request', base_ref: 'main' };
  const fork = { repository: 'evil/app', repository_owner: 'evil', sub: 'repo:evil/app:ref:refs/heads/main' };
  return [
    withClaims('the pull request of a fork', () => ({ ...request, sub: 'repo:octo-org/app:pull_request' })),
    withClaims('the pull request of a branch named as main', () => ({
      ...{ ...request, sub: 'repo:octo-org/app:pull_request', head_ref: 'refs/heads/main' },
    })),
    withClaims('a fork that runs its own workflow', () => fork),
    withClaims('a fork that calls our workflow', () => ({
      ...{ ...fork, job_workflow_ref: 'octo-org/app/.github/workflows/release.yml@refs/heads/main' },
    })),
    withClaims('a fork with the subject of ours', () => ({ ...fork, sub: 'repo:octo-org/app:ref:refs/heads/main' })),
  ];
}
