import { expect, it } from 'vitest';
import { readOptions, UsageError } from './options.ts';

const ROWS = ['manifests', 'uploads'];
const read = (args: readonly string[], environment = {}) => readOptions(args, environment, ROWS);

it('runs everything in five rounds, and quickly in two', () => {
  expect(read([])).toMatchObject({ extent: { rounds: 5, isQuick: false }, rows: undefined, peer: undefined });
  expect(read(['--quick'])?.extent).toEqual({ rounds: 2, isQuick: true });
  expect(read(['--quick', '--rounds', '7'])?.extent.rounds).toBe(7);
});

it('takes another registry with its process and credentials', () => {
  const args = [
    '--peer-url',
    'http://127.0.0.1:5000',
    '--peer-name',
    'other',
    '--peer-pid',
    '12',
    '--peer-username',
    'u',
  ];
  expect(read(args, { ROADSTEAD_BENCH_PEER_PASSWORD: 'p' })?.peer).toEqual({
    url: 'http://127.0.0.1:5000',
    name: 'other',
    pid: 12,
    credentials: { username: 'u', password: 'p' },
  });
});

it('asks for help', () => {
  expect(read(['--help'])).toBeUndefined();
});

it.each([
  [['--rows', 'manifests,nothing']],
  [['--rounds', '0']],
  [['--peer-url', 'https://127.0.0.1']],
  [['--peer-name', 'other']],
  [['--unknown']],
])('refuses %j', (args) => {
  expect(() => read(args)).toThrow(UsageError);
});
