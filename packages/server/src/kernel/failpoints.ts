/** The steps of the write paths at which a test may stop the process or make a step fail. */
export const FAILPOINTS = [
  'upload.create',
  'upload.append',
  'upload.append.written',
  'upload.complete.sync',
  'upload.complete.publish',
  'upload.complete.sync-folder',
  'upload.complete.done',
  'upload.abort',
  'object.put.create',
  'object.put',
  'object.put.sync',
  'object.put.sync-folder',
  'object.put.done',
  'object.delete',
  'object.delete.done',
  'object.quarantine',
  'writer.begin',
  'writer.command',
  'writer.commit',
  'writer.committed',
  'collect.judged',
  'collect.marked',
  'collect.deleted',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** May throw what the step would throw, or end the process. */
export type FailpointHandler = (name: Failpoint) => void;

let handler: FailpointHandler | undefined;

/** Marks a step. It does nothing unless a test has armed the failpoints: no setting of the product reaches them. */
export function failpoint(name: Failpoint): void {
  handler?.(name);
}

/** For tests alone, which load it before the program (`node --import`). */
export function armFailpoints(armed: FailpointHandler | undefined): void {
  handler = armed;
}
