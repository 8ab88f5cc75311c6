import { describe, expect, it } from 'vitest';
import { findLogFaults } from './find-log-faults.ts';

const SECRET = 'Correct-horse-9-battery';
const GREETING = 'Roadstead 1.2.3 serves on http://127.0.0.1:80, with its data in /tmp';
const lineOf = (fields: object) => JSON.stringify({ level: 30, msg: 'request', ...fields });

describe('the faults of a log', () => {
  it('are none where each line is a document and the greeting', () => {
    const log = [GREETING, lineOf({ path: '/v2/' }), lineOf({ userAgent: 'a\r\nb\u001b[2J' }), ''].join('\n');
    expect(findLogFaults(log, [SECRET])).toEqual([]);
  });

  it.each([
    ['no JSON', 'forged line'],
    ['no JSON', `${lineOf({})} trailing`],
    ['no JSON', '{"level":30,"userAgent":"a"},{"level":30}'],
    ['an error', lineOf({ level: 50 })],
    ['a secret', lineOf({ password: SECRET })],
    ['a control character', lineOf({ userAgent: 'a\u009b2Jb' })],
    ['a control character', lineOf({ userAgent: 'a\u007fb' })],
    ['a control character', lineOf({ userAgent: 'a\u2028b' })],
    ['a control character', lineOf({ userAgent: 'a\u202eb' })],
    ['a control character', `${lineOf({})}\u001b[2K\r`],
  ])('are %s in the line %j', (fault, line) => {
    const found = findLogFaults([GREETING, lineOf({}), line, lineOf({})].join('\n'), [SECRET]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${fault}: `));
  });
});
