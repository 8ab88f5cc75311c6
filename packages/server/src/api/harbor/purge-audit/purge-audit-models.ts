import type Type from 'typebox';
import { DateTime, Flag, Integer, model, Text } from '../openapi/schemas.ts';
import { ScheduleObj } from '../openapi/shared-models.ts';

export const ExecHistory = model('ExecHistory', {
  id: Integer,
  job_name: Text,
  job_kind: Text,
  job_parameters: Text,
  schedule: ScheduleObj,
  job_status: Text,
  deleted: Flag,
  creation_time: DateTime,
  update_time: DateTime,
});
export type ExecHistory = Type.Static<typeof ExecHistory>;
