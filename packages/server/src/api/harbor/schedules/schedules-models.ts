import type Type from 'typebox';
import { DateTime, Flag, Integer, model, Text } from '../openapi/schemas.ts';

export const ScheduleTask = model('ScheduleTask', {
  id: Integer,
  vendor_type: Text,
  vendor_id: Integer,
  cron: Text,
  update_time: DateTime,
});
export type ScheduleTask = Type.Static<typeof ScheduleTask>;

export const SchedulerStatus = model('SchedulerStatus', { paused: Flag });
export type SchedulerStatus = Type.Static<typeof SchedulerStatus>;
