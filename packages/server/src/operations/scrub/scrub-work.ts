/** The kind, and the name, of the job that reads stored copies again all the time. */
export const CONTINUOUS_SCRUB = 'continuous-scrub';
/** The kind of the executions that people ask for: one whole round. */
export const SCRUB = 'scrub';

export const SCRUB_WORK = { recurringKind: CONTINUOUS_SCRUB, askedKind: SCRUB } as const;
