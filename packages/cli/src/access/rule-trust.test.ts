import { expect, test } from 'vitest';
import { EXIT_CODE } from '../exit-code.ts';
import { readRuleTrust, type TrustOptions } from './rule-trust.ts';

test.each<readonly [string, TrustOptions, object]>([
  [
    'GitHub',
    { github: 'octo-org/app', ref: 'refs/heads/main', environment: 'production' },
    {
      issuer: 'https://token.actions.githubusercontent.com',
      conditions: { repository: ['octo-org/app'], ref: ['refs/heads/main'], environment: ['production'] },
    },
  ],
  [
    'GitLab',
    { gitlab: 'group/sub/app', ref: 'main', issuer: 'https://gitlab.example' },
    { issuer: 'https://gitlab.example', conditions: { project_path: ['group/sub/app'], ref: ['main'] } },
  ],
  [
    'Kubernetes',
    { kubernetes: true, issuer: 'https://oidc.example', namespace: 'shop', serviceAccount: 'deployer' },
    {
      issuer: 'https://oidc.example',
      conditions: { 'kubernetes.io/namespace': ['shop'], 'kubernetes.io/serviceaccount/name': ['deployer'] },
    },
  ],
  [
    'any issuer',
    { issuer: 'https://id.example', claim: ['sub=a=b', 'ref=main', 'ref=refs/tags/v*'] },
    { issuer: 'https://id.example', conditions: { sub: ['a=b'], ref: ['main', 'refs/tags/v*'] } },
  ],
])('%s is trusted by what its tokens say', (_, options, trust) => {
  expect(readRuleTrust(options)).toEqual(trust);
});

test.each<TrustOptions>([
  {},
  { github: 'octo-org' },
  { github: 'octo-org/app', gitlab: 'group/app' },
  { gitlab: 'app' },
  { issuer: 'https://id.example', ref: 'main' },
  { gitlab: 'group/app', environment: 'production' },
  { github: 'octo-org/app', namespace: 'shop' },
  { kubernetes: true, issuer: 'https://oidc.example', namespace: 'shop' },
  { kubernetes: true, namespace: 'shop', serviceAccount: 'deployer' },
  { issuer: 'https://id.example', claim: ['ref'] },
])('%j is a mistake of usage', (options) => {
  expect(() => readRuleTrust(options)).toThrow(expect.objectContaining({ exitCode: EXIT_CODE.usage }));
});
