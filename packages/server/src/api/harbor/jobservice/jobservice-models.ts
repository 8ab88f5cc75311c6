import type Type from 'typebox';
import { DateTime, Flag, Integer, model, oneOf, Text } from '../openapi/schemas.ts';

export const WorkerPool = model('WorkerPool', {
  pid: Integer,
  worker_pool_id: Text,
  start_at: DateTime,
  heartbeat_at: DateTime,
  concurrency: Integer,
  host: Text,
});
export type WorkerPool = Type.Static<typeof WorkerPool>;

export const Worker = model('Worker', {
  id: Text,
  pool_id: Text,
  job_name: Text,
  job_id: Text,
  start_at: DateTime,
  check_in: Text,
  checkin_at: DateTime,
});
export type Worker = Type.Static<typeof Worker>;

export const ActionRequest = model('ActionRequest', { action: oneOf('stop', 'pause', 'resume') });
export type ActionRequest = Type.Static<typeof ActionRequest>;

export const JobQueue = model('JobQueue', { job_type: Text, count: Integer, latency: Integer, paused: Flag });
export type JobQueue = Type.Static<typeof JobQueue>;
