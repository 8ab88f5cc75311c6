import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('the options of a run', () => {
  it('are those of continuous integration when none are given', () => {
    expect(parseOptions([], '')).toMatchObject({
      operationCount: 20_000,
      clientCount: 8,
      killCount: 0,
      database: 'sqlite',
    });
  });

  it('are read', () => {
    const args = ['--operations', '110000', '--tags=4', '--processes=3', '--kills=5', '--seed=7', '--json'];
    expect(parseOptions([...args, '--database=postgres'], '')).toMatchObject({
      operationCount: 110_000,
      tagCount: 4,
      processCount: 3,
      killCount: 5,
      seed: 7,
      database: 'postgres',
      isJson: true,
    });
  });

  it('take the database of the environment, unless they name one', () => {
    expect(parseOptions([], 'postgres://127.0.0.1/x').database).toBe('given');
    expect(parseOptions(['--database', 'sqlite'], 'postgres://127.0.0.1/x').database).toBe('sqlite');
  });

  it.each([
    [['--clients', '1'], '--clients is a whole number from 2 to 64, not "1"'],
    [['--operations', ''], '--operations is a whole number'],
    [['--seed', 'x'], '--seed is a whole number'],
    [['--database', 'mysql'], '--database is sqlite or postgres, not "mysql"'],
    [['--opertions', '5'], '--opertions'],
  ])('say what is wrong: %s', (args, message) => {
    expect(() => parseOptions(args, '')).toThrow(message);
  });
});
