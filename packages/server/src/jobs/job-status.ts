/**
 * `error` is what a handler answered: no further attempt would help. `dead` is a job whose attempts all failed. Either may
 * be retried by hand.
 */
export type JobStatus = 'pending' | 'running' | 'success' | 'error' | 'dead' | 'stopped';

/** What an execution's jobs make of it: it ends when the last of them does. */
export type ExecutionStatus = 'pending' | 'running' | 'success' | 'error' | 'stopped';

/** What made an execution: a person or script, the time, or a change that a rule waits for. */
export type ExecutionTrigger = 'manual' | 'schedule' | 'event';

/** Jobs of these have not ended. */
export const UNFINISHED = ['pending', 'running'] as const satisfies readonly JobStatus[];

/** Jobs of these have ended, and may be tried again by hand. */
export const RETRYABLE = ['error', 'dead'] as const satisfies readonly JobStatus[];
