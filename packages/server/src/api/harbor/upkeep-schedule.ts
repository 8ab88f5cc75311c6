import { ProductError } from '../../kernel/errors.ts';
import type { UpkeepSchedule } from '../../operations/upkeep/upkeep-schedules.ts';
import type { Schedule, ScheduleObj } from './openapi/shared-models.ts';

/** What somebody asks for: that it runs once, now, that it runs at times, or no more. */
export type AskedSchedule =
  | { readonly kind: 'now' }
  | { readonly kind: 'never' }
  | { readonly kind: 'at'; readonly type: string; readonly cron: string };

/** When clients leave the text out, as Harbor's own page fills it in. */
const CRON_OF = { Hourly: '0 0 * * * *', Daily: '0 0 0 * * *', Weekly: '0 0 0 * * 0' } as const;

/** @throws ProductError BAD_REQUEST */
export function readSchedule({ schedule }: Schedule): AskedSchedule {
  const { type, cron = '' } = schedule ?? {};
  if (type === undefined) throw new ProductError('BAD_REQUEST', 'schedule: {"type": …} is missing');
  if (type === 'Manual') return { kind: 'now' };
  if (type === 'None') return { kind: 'never' };
  const usual = type === 'Custom' || type === 'Schedule' ? '' : CRON_OF[type];
  const text = cron === '' ? usual : cron;
  if (text === '') throw new ProductError('BAD_REQUEST', 'schedule: {"cron": …} of six fields is missing');
  return { kind: 'at', type, cron: text };
}

export function renderSchedule(schedule: UpkeepSchedule): ScheduleObj {
  const { parameters, cron, nextAt } = schedule;
  return {
    type: (parameters['type'] ?? 'Custom') as NonNullable<ScheduleObj['type']>,
    cron,
    ...(nextAt !== undefined && { next_scheduled_time: new Date(nextAt).toISOString() }),
  };
}
