import { describe, expect, it } from 'vitest';
import { ProductError } from '../kernel/errors.ts';
import { nextCronInstant } from './cron.ts';

const NEW_YEAR = Date.UTC(2030, 0, 1);

function next(cron: string, { timeZone = 'UTC', after = NEW_YEAR } = {}): string | undefined {
  const instant = nextCronInstant({ cron, timeZone }, after);
  return instant === undefined ? undefined : new Date(instant).toISOString();
}

function refusal(cron: string, timeZone = 'UTC'): ProductError {
  try {
    nextCronInstant({ cron, timeZone }, NEW_YEAR);
  } catch (error) {
    if (error instanceof ProductError) return error;
    throw error;
  }
  throw new Error(`${cron} was taken`);
}

describe('a cron text', () => {
  it('of six fields names the next instant, which is later than now', () => {
    expect(next('0 30 3 * * *')).toBe('2030-01-01T03:30:00.000Z');
    expect(next('0 0 0 * * *')).toBe('2030-01-02T00:00:00.000Z');
    expect(next('* * * * * *', { after: NEW_YEAR + 400 })).toBe('2030-01-01T00:00:01.000Z');
    expect(next('0 0 0 29 2 *')).toBe('2032-02-29T00:00:00.000Z');
    expect(next(' 0  0 12 ? JAN MON-FRI ')).toBe('2030-01-01T12:00:00.000Z');
  });

  it('takes steps from a number on, as Harbor does', () => {
    expect(next('0 5/15 * * * *')).toBe('2030-01-01T00:05:00.000Z');
    expect(next('0 5/15 * * * *', { after: NEW_YEAR + 5 * 60_000 })).toBe('2030-01-01T00:20:00.000Z');
  });

  it('means the clock of its time zone, also on the days when that is moved', () => {
    const timeZone = 'Europe/Paris';
    expect(next('0 30 2 * * *', { timeZone })).toBe('2030-01-01T01:30:00.000Z');
    expect(next('0 30 2 * * *', { timeZone, after: Date.UTC(2030, 2, 31, 0) })).toBe('2030-03-31T01:00:00.000Z');
    const back = Date.UTC(2030, 9, 27, 0, 30);
    expect(next('0 30 2 * * *', { timeZone, after: back })).toBe('2030-10-28T01:30:00.000Z');
  });

  it('may name no instant at all', () => {
    expect(next('0 0 0 30 2 *')).toBeUndefined();
  });

  it('of another form is refused with a sentence that says what would be right', () => {
    const refused = [
      '* * * * *',
      '@daily',
      '',
      '0 0 0 1 1 * 2031',
      '2031-01-01T00:00:00Z',
      '0 0 25 * * *',
      'a b c d e f',
    ];
    for (const cron of refused) {
      const { code, message } = refusal(cron);
      expect(code).toBe('BAD_REQUEST');
      expect(message).toContain('six fields');
      expect(message).not.toContain('Cron:');
    }
    expect(refusal('30 3 * * *').message).toContain('Put the second in front');
    expect(refusal('*/0 * * * * *').code).toBe('BAD_REQUEST');
    expect(refusal('0 '.repeat(5_000)).message).toContain('200 characters');
  });

  it('needs a time zone that there is', () => {
    expect(refusal('0 0 0 * * *', 'Mars/Olympus').message).toContain('Europe/Paris');
  });
});
