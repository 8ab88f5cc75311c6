export type InterruptionCause = 'stop-requested' | 'lease-lost' | 'shutdown';

const MESSAGES: Readonly<Record<InterruptionCause, string>> = {
  'stop-requested': 'The job was asked to stop.',
  'lease-lost': 'The lease of the job is over: nothing that it does from here on counts.',
  shutdown: 'The worker shuts down: another one continues the job.',
};

/** The reason of an aborted `RunningJob.signal`. */
export class JobInterruption extends Error {
  override readonly name = 'JobInterruption';
  readonly why: InterruptionCause;

  constructor(why: InterruptionCause) {
    super(MESSAGES[why]);
    this.why = why;
  }
}
