import { describe, expect, it } from 'vitest';
import { purposeOf } from './request-purpose.ts';

describe('what a path is for', () => {
  it.each([
    ['/v2', 'registry'],
    ['/v2/', 'registry'],
    ['/v2/team/app/manifests/v1', 'registry'],
    ['/service/token', 'registry'],
    ['/api/v2.0/projects', 'management'],
    ['/api/roadstead/v1/network-rules', 'management'],
    ['/c/login', 'management'],
    ['/device', 'management'],
    ['/oidc-onboard', 'management'],
    ['/', undefined],
    ['/healthz', undefined],
    ['/readyz', undefined],
    ['/v2x', undefined],
    ['/charts', undefined],
  ])('%s', (path, purpose) => {
    expect(purposeOf(path)).toBe(purpose);
  });
});
