import { describe, expect, it } from 'vitest';
import { parseQueryExpression } from './query-expression.ts';

const parse = (text: string) => Object.fromEntries(parseQueryExpression(text));

describe('the q parameter', () => {
  it('holds exact, fuzzy and other conditions', () => {
    expect(parse('name=lib,public=true,x=~y,t=[1~2],l={a b}')).toEqual({
      name: { kind: 'exact', value: 'lib' },
      public: { kind: 'exact', value: 'true' },
      x: { kind: 'fuzzy', value: 'y' },
      t: { kind: 'list', value: '[1~2]' },
      l: { kind: 'list', value: '{a b}' },
    });
    expect(parse('')).toEqual({});
  });

  it('may be encoded once more, and a backslash takes the meaning of the next character', () => {
    expect(parse('name%3D~lib')).toEqual({ name: { kind: 'fuzzy', value: 'lib' } });
    expect(parse('name=\\~lib')).toEqual({ name: { kind: 'exact', value: '~lib' } });
  });

  it.each(['name', 'name=', '=x', 'name=a,', ',', '%', 'name=%zz', 'name=a%00'])(
    'is malformed when it is %j',
    (text) => {
      expect(() => parse(text)).toThrow('q is not a list of conditions');
    },
  );
});
