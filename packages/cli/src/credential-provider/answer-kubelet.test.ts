import { describe, expect, it } from 'vitest';
import { answerKubelet } from './answer-kubelet.ts';

const NOW = 1_790_000_000_000;
const API_VERSION = 'credentialprovider.kubelet.k8s.io/v1';

const tokenUntil = (exp: unknown) =>
  ['{"alg":"RS256"}', JSON.stringify({ exp }), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const request = (more: object = {}) =>
  JSON.stringify({
    kind: 'CredentialProviderRequest',
    apiVersion: API_VERSION,
    image: 'registry.example:5000/team/app:1.2',
    ...more,
  });

describe('the credential provider of the kubelet', () => {
  it('gives the token of the pod as the password of its registry, for as long as it is good', () => {
    const serviceAccountToken = tokenUntil(NOW / 1_000 + 300);
    expect(answerKubelet(request({ serviceAccountToken, serviceAccountAnnotations: {} }), NOW)).toEqual({
      kind: 'CredentialProviderResponse',
      apiVersion: API_VERSION,
      cacheKeyType: 'Registry',
      cacheDuration: '240s',
      auth: { 'registry.example:5000': { username: 'oidc', password: serviceAccountToken } },
    });
  });

  it.each([
    ['an hour', tokenUntil(NOW / 1_000 + 3_600), '600s'],
    ['a moment', tokenUntil(NOW / 1_000 + 30), '0s'],
    ['no end', tokenUntil(undefined), '0s'],
    ['an end that is no number', tokenUntil('soon'), '0s'],
    ['no form', 'token', '0s'],
  ])('has a token of %s kept for %s', (_, serviceAccountToken, cacheDuration) => {
    expect(answerKubelet(request({ serviceAccountToken }), NOW).cacheDuration).toBe(cacheDuration);
  });

  it('has nothing for a pod without a token', () => {
    for (const more of [{}, { serviceAccountToken: '' }]) {
      expect(answerKubelet(request(more), NOW)).toMatchObject({ cacheDuration: '0s', auth: {} });
    }
  });

  it.each([
    ['', 'no CredentialProviderRequest'],
    ['nonsense', 'no CredentialProviderRequest'],
    [request({ kind: 'Pod' }), 'no CredentialProviderRequest'],
    [request({ apiVersion: 'credentialprovider.kubelet.k8s.io/v1alpha1' }), API_VERSION],
  ])('refuses %j', (input, message) => {
    expect(() => answerKubelet(input, NOW)).toThrow(message);
  });
});
