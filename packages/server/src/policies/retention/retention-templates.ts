/** A way to say which artifacts are kept. */
export interface RetentionTemplate {
  /** Harbor's name, which is the name of its number too. */
  readonly name: string;
  /** For people; # stands for the number. */
  readonly text: string;
  /** What the number counts; undefined where there is none. */
  readonly unit: 'COUNT' | 'DAYS' | undefined;
}

/** Those of Harbor that its clients may use. */
export const RETENTION_TEMPLATES: readonly RetentionTemplate[] = [
  { name: 'latestPushedK', text: 'the # artifacts that were pushed last', unit: 'COUNT' },
  { name: 'latestPulledN', text: 'the # artifacts that were pulled last', unit: 'COUNT' },
  { name: 'nDaysSinceLastPush', text: 'what was pushed in the last # days', unit: 'DAYS' },
  { name: 'nDaysSinceLastPull', text: 'what was pulled in the last # days', unit: 'DAYS' },
  { name: 'always', text: 'all of them', unit: undefined },
];
