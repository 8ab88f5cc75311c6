/** What a tag stands at: the digest of a manifest, or ABSENT. */
export type TagValue = string;

/** There is no such tag. */
export const ABSENT: TagValue = 'absent';

/** What an operation says that it saw or did at one moment between its call and its return. */
export type Step =
  /** The tag stood at `value`: a read, and a refusal that says what it found. */
  | { readonly kind: 'see'; readonly value: TagValue }
  /** The tag stood at anything but `value`: a refused condition. */
  | { readonly kind: 'miss'; readonly value: TagValue }
  | { readonly kind: 'write'; readonly value: TagValue }
  /** The tag stood at `expected`, and stands at `value` from then on. */
  | { readonly kind: 'swap'; readonly expected: TagValue; readonly value: TagValue }
  /** There was a tag, and there is none from then on. */
  | { readonly kind: 'remove' };

/** One operation of one client on one tag, as the client knows it. */
export interface RegisterOperation {
  readonly client: number;
  readonly step: Step;
  /** The client never learnt what became of it: the step was taken at some time after the call, however late, or never. */
  readonly isUnknown: boolean;
  /** On one monotonic clock for all clients. */
  readonly calledAtNs: number;
  /** Infinity where the outcome is unknown. */
  readonly returnedAtNs: number;
  /** The request and its answer, for people. */
  readonly text: string;
}

/** Whether the step leaves the tag as it is, whatever it finds. */
export function isObservation(step: Step): boolean {
  return step.kind === 'see' || step.kind === 'miss';
}

/** What the step sets the tag to, if it sets it to something. */
export function writtenBy(step: Step): TagValue | undefined {
  return step.kind === 'write' || step.kind === 'swap' ? step.value : undefined;
}

/** The one value at which the tag must have stood for this step, if there is one. */
export function neededBy(step: Step): TagValue | undefined {
  if (step.kind === 'see') return step.value;
  return step.kind === 'swap' ? step.expected : undefined;
}
