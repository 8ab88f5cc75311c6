import { FAILPOINTS, type Failpoint } from '../../../src/kernel/failpoints.ts';

export const FAULT_KINDS = ['crash', 'EIO', 'ENOSPC'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Which fault strikes where, and at which pass of its failpoint. */
export interface Arming {
  readonly name: Failpoint;
  /** `count` strikes never: each pass is told of. */
  readonly kind: FaultKind | 'count';
  readonly nth: number;
  /** Tells this arming from an earlier one of the same text. */
  readonly id: string;
}

/** `name:kind:nth:id` */
export function formatArming({ name, kind, nth, id }: Arming): string {
  return `${name}:${kind}:${nth}:${id}`;
}

/** @returns undefined for an empty text @throws Error for one that means nothing */
export function parseArming(text: string): Arming | undefined {
  if (text === '') return undefined;
  const [name, kind, nth, id = ''] = text.trim().split(':');
  const failpoint = FAILPOINTS.find((each) => each === name);
  const fault = (['count', ...FAULT_KINDS] as const).find((each) => each === kind);
  if (failpoint === undefined || fault === undefined || !Number.isSafeInteger(Number(nth))) {
    throw new Error(`"${text}" arms no failpoint: it is <name>:crash|EIO|ENOSPC:<which pass>`);
  }
  return { name: failpoint, kind: fault, nth: Number(nth), id };
}
