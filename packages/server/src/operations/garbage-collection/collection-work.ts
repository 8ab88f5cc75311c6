/** The kind, and the name, of the job that runs passes of the collector again and again. */
export const COLLECT = 'collect';
/** The kind of the executions that people ask for. */
export const GARBAGE_COLLECTION = 'garbage-collection';

export const COLLECTION_WORK = { recurringKind: COLLECT, askedKind: GARBAGE_COLLECTION } as const;

/**
 * What somebody may ask the collector for: to say what it would free, a pass now, or to purge now, which takes the trash and
 * all delays along.
 */
export type CollectionMode = 'dry-run' | 'pass' | 'purge';
