import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScope, parseScope, parseScopes } from './scope.ts';

describe('a scope', () => {
  it.each([
    ['repository:a/b:pull', { type: 'repository', name: 'a/b', actions: ['pull'] }],
    ['repository:a/b:push,pull', { type: 'repository', name: 'a/b', actions: ['push', 'pull'] }],
    ['repository:host:5000/a/b:pull,push', { type: 'repository', name: 'host:5000/a/b', actions: ['pull', 'push'] }],
    ['repository(plugin):a/b:pull', { type: 'repository', class: 'plugin', name: 'a/b', actions: ['pull'] }],
    ['registry:catalog:*', { type: 'registry', name: 'catalog', actions: ['*'] }],
    ['repository:*:*', { type: 'repository', name: '*', actions: ['*'] }],
    ['repository:a:pull,pull,delete', { type: 'repository', name: 'a', actions: ['pull', 'delete'] }],
    ['repository:a:', { type: 'repository', name: 'a', actions: [] }],
    ['repository:a:pull,', { type: 'repository', name: 'a', actions: ['pull'] }],
  ])('%s is read', (text, expected) => {
    expect(parseScope(text)).toEqual(expected);
  });

  it.each([
    '',
    'repository',
    'repository:a',
    ':a:pull',
    'repository::pull',
    'repository:a:PULL',
    'repository:a b:pull',
    'Repository:a:pull',
    'repository():a:pull',
    'repository(plugin:a:pull',
    'repository:a:pull\n',
    'repository:a,b:pull',
    `repository:${'a'.repeat(1100)}:pull`,
  ])('%j is not one', (text) => {
    expect(parseScope(text)).toBeUndefined();
  });

  it('is written as it was read', () => {
    const scope = fc.record(
      {
        type: fc.constantFrom('repository', 'registry'),
        class: fc.constantFrom('plugin', 'image'),
        name: fc.stringMatching(/^[a-z0-9]{1,8}(:[0-9]{2,5})?(\/[a-z0-9.-]{1,9}){0,3}$/),
        actions: fc.uniqueArray(fc.constantFrom('pull', 'push', 'delete', '*')),
      },
      { requiredKeys: ['type', 'name', 'actions'] },
    );
    fc.assert(
      fc.property(scope, (value) => {
        expect(parseScope(formatScope(value))).toEqual(value);
      }),
    );
  });
});

describe('the scopes of a token request', () => {
  it('may be repeated or joined by spaces, and are merged by resource', () => {
    expect(parseScopes(['repository:x:pull repository:x:pull,push', 'repository:y:pull'], { max: 10 })).toEqual([
      { type: 'repository', name: 'x', actions: ['pull', 'push'] },
      { type: 'repository', name: 'y', actions: ['pull'] },
    ]);
  });

  it('keep resources of different classes apart', () => {
    expect(parseScopes(['repository:x:pull repository(plugin):x:pull'], { max: 10 })).toHaveLength(2);
  });

  it('lose only what is no scope', () => {
    expect(parseScopes(['', '  ', 'nonsense repository:x:pull', 'a:b'], { max: 10 })).toEqual([
      { type: 'repository', name: 'x', actions: ['pull'] },
    ]);
  });

  it('are limited in resources, not in repetitions', () => {
    const many = Array.from({ length: 11 }, (_, index) => `repository:r${index}:pull`);
    expect(parseScopes([...many.slice(1), ...many.slice(1)], { max: 10 })).toHaveLength(10);
    expect(() => parseScopes(many, { max: 10 })).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => parseScopes([many.join(' ')], { max: 10 })).toThrow('at most 10 resources');
  });
});
