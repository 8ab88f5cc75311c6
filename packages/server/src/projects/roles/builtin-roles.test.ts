import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUILTIN_ROLE_PERMISSIONS, BUILTIN_ROLES, PUBLIC_PERMISSIONS } from './builtin-roles.ts';

/** Harbor 2.15: resource → role → actions, sorted. */
const GOLDEN = JSON.parse(readFileSync(new URL('builtin-roles.golden.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, readonly string[]>>>
>;

function goldenOf(role: string): readonly string[] {
  const keys = Object.entries(GOLDEN).flatMap(([resource, roles]) =>
    (roles[role] ?? []).map((action) => `${resource}:${action}`),
  );
  return keys.toSorted();
}

describe('the five roles', () => {
  it.each(BUILTIN_ROLES)('%s may do what it may in Harbor', (role) => {
    expect([...BUILTIN_ROLE_PERMISSIONS[role]].toSorted()).toEqual(goldenOf(role));
  });

  it('leave to everybody in a public project what Harbor leaves', () => {
    expect([...PUBLIC_PERMISSIONS].toSorted()).toEqual(goldenOf('public'));
  });

  it('have as many grants as Harbor counts', () => {
    const counts = BUILTIN_ROLES.map((role) => BUILTIN_ROLE_PERMISSIONS[role].size);
    expect(counts).toEqual([75, 53, 36, 20, 14]);
  });

  it('give nobody the list of metadata', () => {
    expect(BUILTIN_ROLES.some((role) => BUILTIN_ROLE_PERMISSIONS[role].has('metadata:list'))).toBe(false);
  });
});
