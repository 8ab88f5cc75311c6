import Type from 'typebox';
import { ok, operation, text } from '../openapi/operation.ts';
import { Text } from '../openapi/schemas.ts';
import { ActionRequest, JobQueue, Worker, WorkerPool } from './jobservice-models.ts';

export const getWorkerPools = operation({
  id: 'getWorkerPools',
  tag: 'jobservice',
  method: 'GET',
  path: '/jobservice/pools',
  summary: 'Lists the pools of workers, of which there is one.',
  access: 'S jobservice-monitor:list',
  success: ok(Type.Array(WorkerPool)),
  errors: [401, 403, 500],
});

export const getWorkers = operation({
  id: 'getWorkers',
  tag: 'jobservice',
  method: 'GET',
  path: '/jobservice/pools/{pool_id}/workers',
  summary: 'Lists what works now in a pool, or in all of them.',
  access: 'S jobservice-monitor:list',
  params: { pool_id: Text },
  success: ok(Type.Array(Worker)),
  errors: [401, 403, 404, 500],
});

export const stopRunningJob = operation({
  id: 'stopRunningJob',
  tag: 'jobservice',
  method: 'PUT',
  path: '/jobservice/jobs/{job_id}',
  summary: 'Stops a job.',
  access: 'S jobservice-monitor:stop',
  params: { job_id: Text },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const actionGetJobLog = operation({
  id: 'actionGetJobLog',
  tag: 'jobservice',
  method: 'GET',
  path: '/jobservice/jobs/{job_id}/log',
  summary: 'Tells what a job wrote down.',
  access: 'S jobservice-monitor:list',
  params: { job_id: Text },
  success: text(),
  errors: [401, 403, 404, 500],
});

export const listJobQueues = operation({
  id: 'listJobQueues',
  tag: 'jobservice',
  method: 'GET',
  path: '/jobservice/queues',
  summary: 'Lists what waits, by the type of the work.',
  access: 'S jobservice-monitor:list',
  success: ok(Type.Array(JobQueue)),
  errors: [401, 403, 404, 500],
});

export const actionPendingJobs = operation({
  id: 'actionPendingJobs',
  tag: 'jobservice',
  method: 'PUT',
  path: '/jobservice/queues/{job_type}',
  summary: 'Stops what waits of one type, or of all.',
  access: 'S jobservice-monitor:stop',
  params: { job_type: Text },
  body: ActionRequest,
  success: ok(),
  errors: [401, 403, 404, 422, 500],
});
