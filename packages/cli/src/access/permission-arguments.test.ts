import { expect, test } from 'vitest';
import { EXIT_CODE } from '../exit-code.ts';
import { readPermissionArguments } from './permission-arguments.ts';

test('places are named, or the project is meant, and each has one block', () => {
  const texts = ['repository:pull', 'team=repository:pull,repository:push', '*=tag:list', '/=user:list'];
  expect(readPermissionArguments(texts, 'team')).toEqual([
    {
      kind: 'project',
      namespace: 'team',
      access: [
        { resource: 'repository', action: 'pull' },
        { resource: 'repository', action: 'push' },
      ],
    },
    { kind: 'project', namespace: '*', access: [{ resource: 'tag', action: 'list' }] },
    { kind: 'system', namespace: '/', access: [{ resource: 'user', action: 'list' }] },
  ]);
  expect(readPermissionArguments([], undefined)).toEqual([]);
});

test.each(['repository:pull', '=repository:pull', 'team=', 'team=pull', 'team=repository:pull,', 'team=a:b:c', ''])(
  '%j is a mistake',
  (text) => {
    expect(() => readPermissionArguments([text], undefined)).toThrow(
      expect.objectContaining({ exitCode: EXIT_CODE.usage }),
    );
  },
);
