import { expect, test } from 'vitest';
import { compareVersions } from './compare-versions.ts';

test('versions are sorted from the highest down, and other tags follow by name', () => {
  const tags = ['latest', '1.10.0', 'v1.9.3', '1.10.0-rc.2', '1.10.0-rc.10', '2', '1.10.0-alpha', 'edge', '1.2'];
  expect(tags.sort(compareVersions)).toEqual([
    '2',
    '1.10.0',
    '1.10.0-rc.10',
    '1.10.0-rc.2',
    '1.10.0-alpha',
    'v1.9.3',
    '1.2',
    'edge',
    'latest',
  ]);
});

test('build metadata does not change the order of versions, and gives a stable order among them', () => {
  expect(['1.0.0_build.2', '1.0.1', '1.0.0_build.1'].sort(compareVersions)).toEqual([
    '1.0.1',
    '1.0.0_build.1',
    '1.0.0_build.2',
  ]);
});
