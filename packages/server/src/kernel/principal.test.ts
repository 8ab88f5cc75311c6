import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Principal, principalKey, principalName } from './principal.ts';

describe('the key of a principal', () => {
  const principals: readonly Principal[] = [
    ANONYMOUS,
    { kind: 'user', id: 1, name: 'same', isAdministrator: false },
    { kind: 'robot', id: 1, name: 'same' },
    { kind: 'access-token', id: 1, userId: 1, name: 'same', isAdministrator: false },
    { kind: 'workload', issuer: 'https://issuer.example', subject: 'same', name: 'same', rules: [] },
    { kind: 'system', name: 'same' },
  ];

  it('is another for each kind, although ids and names are the same', () => {
    const keys = principals.map(principalKey);
    expect(new Set(keys).size).toBe(principals.length);
    expect(keys.slice(0, 2)).toEqual(['anonymous', 'user:1']);
  });

  it('does not change when the name does', () => {
    const user: Principal = { kind: 'user', id: 7, name: 'before', isAdministrator: true };
    expect(principalKey({ ...user, name: 'after', isAdministrator: false })).toBe(principalKey(user));
    expect(principalName(user)).toBe('before');
    expect(principalName(ANONYMOUS)).toBe('anonymous');
  });
});
