import { describe, expect, it } from 'vitest';
import { assertGoodRule } from './assert-good-rule.ts';
import type { ClaimConditions } from './claim-conditions.ts';

const AUDIENCE = 'https://registry.example';

function createRule(conditions: ClaimConditions, issuer = 'https://issuer.example') {
  const permissions = ['repository:pull'] as const;
  return { name: 'ci', issuer, audience: AUDIENCE, conditions, permissions, isDisabled: false };
}

describe('a rule', () => {
  const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
  const GITLAB_ISSUER = 'https://gitlab.com';
  it.each<readonly [string, string | undefined, Record<string, readonly string[]>]>([
    ['no condition', undefined, {}],
    ['a star', undefined, { sub: ['*'] }],
    ['stars', undefined, { sub: ['**'], ref: ['*/**'] }],
    ['a letter among stars', undefined, { sub: ['**a**'] }],
    ['one star of two', undefined, { sub: ['ci', '**'] }],
    ['the issuer alone', undefined, { iss: ['https://issuer.example'] }],
    ['the audience alone', undefined, { aud: [AUDIENCE] }],
    ['no pattern', undefined, { sub: [] }],
    ['no owner at GitHub', GITHUB_ISSUER, { ref: ['refs/heads/main'] }],
    ['an owner with a star', GITHUB_ISSUER, { repository: ['octo*/app'] }],
    ['any owner', GITHUB_ISSUER, { repository: ['*/app'] }],
    ['an owner and any', GITHUB_ISSUER, { repository: ['octo-org/app', '**/app'] }],
    ['a subject of any', GITHUB_ISSUER, { sub: ['repo:*'] }],
    ['a subject of owners that begin alike', GITHUB_ISSUER, { sub: ['repo:octo-org**'] }],
    ['a subject with the owner later', GITHUB_ISSUER, { sub: ['**repo:octo-org/app:**'] }],
    [
      'a workflow that others may call',
      GITHUB_ISSUER,
      { job_workflow_ref: ['octo-org/app/.github/workflows/x.yml@**'] },
    ],
    ['owners that begin alike', GITHUB_ISSUER, { repository_owner: ['octo-*'] }],
    ['GitHub in capitals', 'https://TOKEN.actions.githubusercontent.com', { ref: ['refs/heads/main'] }],
    ['no owner at GitLab', GITLAB_ISSUER, { ref_protected: ['true'] }],
    ['any group', GITLAB_ISSUER, { project_path: ['*/app'] }],
    ['groups that begin alike', GITLAB_ISSUER, { namespace_path: ['group*'] }],
    ['no owner at CircleCI', 'https://oidc.circleci.com/org/x', { 'oidc.circleci.com~1vcs-ref': ['refs/heads/main'] }],
    ['no owner at Buildkite', 'https://agent.buildkite.com', { build_branch: ['main'] }],
    ['plain http', 'http://issuer.example', { sub: ['ci'] }],
    ['an issuer that is no address', 'issuer', { sub: ['ci'] }],
  ])('with %s is refused', (_, of, conditions) => {
    const rule = createRule(conditions, of);
    expect(() => assertGoodRule(rule, [])).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });

  it.each<readonly [string, string, Record<string, readonly string[]>]>([
    ['a repository', GITHUB_ISSUER, { repository: ['octo-org/*'] }],
    ['an owner', GITHUB_ISSUER, { repository_owner: ['octo-org'], ref: ['**'] }],
    ['a subject', GITHUB_ISSUER, { sub: ['repo:octo-org/app:environment:production'] }],
    ['a group', GITLAB_ISSUER, { namespace_path: ['group', 'group/**'] }],
    ['a project of CircleCI', 'https://oidc.circleci.com/org/x', { 'oidc.circleci.com~1project-id': ['y'] }],
    ['an organization of Buildkite', 'https://agent.buildkite.com', { sub: ['organization:acme:pipeline:*:**'] }],
  ])('that names %s is taken', (_, of, conditions) => {
    assertGoodRule(createRule(conditions, of), []);
  });

  it('may name an issuer without TLS whose host the operator lists', () => {
    const rule = createRule({ sub: ['ci'] }, 'http://issuer.internal');
    assertGoodRule(rule, ['issuer.internal']);
    expect(() => assertGoodRule(rule, ['*.internal'])).toThrow('https');
  });
});
