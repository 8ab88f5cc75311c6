import { expect, test } from 'vitest';
import { EXIT_CODE } from '../exit-code.ts';
import { changeRule, type RuleChangeOptions } from './rule-change.ts';

const RULE = {
  id: 7,
  version: 3,
  name: 'release',
  issuer: 'https://oidc.example',
  audience: 'https://registry.example',
  conditions: { sub: ['ci'] },
  permissions: [{ resource: 'repository', action: 'pull' }],
  disabled: true,
};
const { id: _id, version: _version, ...KEPT } = RULE;

test.each<readonly [string, Omit<RuleChangeOptions, 'project'>, object]>([
  ['the name', { name: 'nightly' }, { name: 'nightly' }],
  ['the audience', { audience: 'other' }, { audience: 'other' }],
  ['the issuer', { issuer: 'https://id.example' }, { issuer: 'https://id.example' }],
  ['all claims', { claim: ['ref=main', 'ref=v*'] }, { conditions: { ref: ['main', 'v*'] } }],
  [
    'claims of another issuer',
    { issuer: 'https://i.example', claim: ['a=b'] },
    { issuer: 'https://i.example', conditions: { a: ['b'] } },
  ],
  [
    'whom it trusts',
    { github: 'octo-org/app', ref: 'refs/heads/main' },
    {
      issuer: 'https://token.actions.githubusercontent.com',
      conditions: { repository: ['octo-org/app'], ref: ['refs/heads/main'] },
    },
  ],
  [
    'the pods of the same cluster',
    { kubernetes: true, namespace: 'shop', serviceAccount: 'web' },
    { conditions: { 'kubernetes.io/namespace': ['shop'], 'kubernetes.io/serviceaccount/name': ['web'] } },
  ],
  ['permissions', { allow: ['repository:push'] }, { permissions: [{ resource: 'repository', action: 'push' }] }],
  ['that it is enabled', { enable: true }, { disabled: false }],
  ['that it is disabled', { disable: true }, { disabled: true }],
])('%s is changed, and the rest stays', (_, options, changed) => {
  expect(changeRule(RULE, { project: 'acme', ...options })).toEqual({ ...KEPT, ...changed });
});

test.each<Omit<RuleChangeOptions, 'project'>>([
  {},
  { enable: true, disable: true },
  { ref: 'main' },
  { environment: 'production' },
  { namespace: 'shop' },
  { github: 'octo-org/app', gitlab: 'group/app' },
  { claim: ['ref'] },
  { allow: ['other=repository:pull'] },
  { allow: ['/=repository:pull'] },
])('%j is a mistake of usage', (options) => {
  expect(() => changeRule(RULE, { project: 'acme', ...options })).toThrow(
    expect.objectContaining({ exitCode: EXIT_CODE.usage }),
  );
});
