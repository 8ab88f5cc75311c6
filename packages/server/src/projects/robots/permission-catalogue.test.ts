import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { permissionKey } from '../../kernel/permission.ts';
import { isInCatalogue, PERMISSION_CATALOGUE } from './permission-catalogue.ts';

const golden: Record<'system' | 'project', readonly string[]> = JSON.parse(
  readFileSync(new URL('./permission-catalogue.golden.json', import.meta.url), 'utf8'),
);

it.each(['system', 'project'] as const)('the catalogue of the %s is Harbor 2.15 has it: 70 pairs', (kind) => {
  const keys = PERMISSION_CATALOGUE[kind].map(permissionKey);
  expect(keys.toSorted()).toEqual(golden[kind]);
  expect(keys).toHaveLength(70);
  for (const permission of PERMISSION_CATALOGUE[kind]) expect(isInCatalogue(kind, permission)).toBe(true);
});

it('what is in one catalogue only is not in the other', () => {
  expect(isInCatalogue('system', { resource: 'repository', action: 'pull' })).toBe(false);
  expect(isInCatalogue('project', { resource: 'user', action: 'create' })).toBe(false);
  for (const permission of [
    { resource: 'robot', action: 'update' },
    { resource: '*', action: '*' },
    { resource: 'repository', action: '*' },
    { resource: 'repository', action: 'scanner-pull' },
    { resource: 'constructor', action: 'pull' },
    { resource: 'repository:pull', action: '' },
  ]) {
    expect(isInCatalogue('project', permission)).toBe(false);
    expect(isInCatalogue('system', permission)).toBe(false);
  }
});
