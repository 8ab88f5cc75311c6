import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { lockExecution } from './lock-executions.ts';
import { requestStop } from './request-stop.ts';
import { settleExecution } from './settle-execution.ts';

export interface StopExecutionInput {
  readonly executionId: number;
  readonly now: number;
}

/**
 * Stops what waits of the execution, and asks what runs to stop: that ends as soon as its handler does, and commits nothing
 * more under its fence. @returns how many jobs that were; 0 when the execution has ended already
 */
export async function stopExecution(context: InstanceTransaction, input: StopExecutionInput): Promise<number> {
  const { executionId, now } = input;
  await lockExecution(context, executionId);
  const count = await requestStop(context.tx, 'execution_id', executionId, now);
  if (count > 0) await settleExecution(context.tx, executionId, now);
  return count;
}
