import { Cron } from 'croner';
import { ProductError } from '../kernel/errors.ts';

const FIELD_COUNT = 6;
const MAX_LENGTH = 200;
const MAX_TIME_ZONES = 1_000;

/** When a schedule is due: six fields (second, minute, hour, day of month, month, day of week) in a time zone. */
export interface CronTime {
  readonly cron: string;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
}

/**
 * The first instant after `afterMs`; undefined when there is none (30 February). Fields have whole seconds, so instants are
 * at least a second apart.
 * @throws ProductError BAD_REQUEST when the text or the time zone is none.
 */
export function nextCronInstant({ cron, timeZone }: CronTime, afterMs: number): number | undefined {
  assertSixFields(cron);
  assertTimeZone(timeZone);
  try {
    // Harbor's scheduler takes `5/15`, a step from 5 on.
    const parsed = new Cron(cron, { mode: '6-part', timezone: timeZone, sloppyRanges: true, paused: true });
    return parsed.nextRun(new Date(afterMs))?.getTime();
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Cron\w*: */, '').replace(/\.$/, '') : '';
    throw new ProductError('BAD_REQUEST', `The cron text "${cron}" is not understood (${why}). ${HOW_TO}`, {
      cause: error,
    });
  }
}

const HOW_TO =
  'It takes six fields: second, minute, hour, day of the month, month and day of the week; ' +
  '"0 30 3 * * *" is half past three each day.';

function assertSixFields(cron: string): void {
  if (cron.length > MAX_LENGTH) {
    throw new ProductError('BAD_REQUEST', `The cron text has more than ${MAX_LENGTH} characters. ${HOW_TO}`);
  }
  const fields = cron.split(/\s+/).filter((field) => field !== '');
  if (fields.length === FIELD_COUNT) return;
  const hint = fields.length === FIELD_COUNT - 1 ? 'Put the second in front. ' : '';
  throw new ProductError('BAD_REQUEST', `The cron text "${cron}" has ${fields.length} fields. ${hint}${HOW_TO}`);
}

/** To look one up takes longer than to find the next instant in it. */
const knownTimeZones = new Set<string>();

function assertTimeZone(timeZone: string): void {
  if (knownTimeZones.has(timeZone)) return;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    // There are some hundred names, but any letter of one may be a capital.
    if (knownTimeZones.size < MAX_TIME_ZONES) knownTimeZones.add(timeZone);
  } catch (error) {
    const message = `There is no time zone "${timeZone.slice(0, MAX_LENGTH)}": give a name such as UTC or Europe/Paris.`;
    throw new ProductError('BAD_REQUEST', message, { cause: error });
  }
}
