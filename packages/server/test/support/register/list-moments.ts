import {
  ABSENT_STATE,
  type CertainStep,
  type HistoryEvent,
  OTHER_STATE,
  type PreparedHistory,
  type Transition,
} from './prepare-history.ts';

/** What is the same for all configurations at an event. */
export interface Moment {
  readonly event: HistoryEvent;
  /** The operations in flight, those of the event included. */
  readonly pending: readonly PendingStep[];
  /** The one that returns, at a return. */
  readonly returning: PendingStep | undefined;
  /** The bits of pending blind writes whose value nobody looks for. */
  readonly traceless: bigint;
  /** How many spare operations of each kind have been called. */
  readonly spareCounts: readonly number[];
}

export interface PendingStep {
  readonly step: CertainStep;
  readonly bit: bigint;
}

export function listMoments({ events, spareKinds, lastUses }: PreparedHistory): readonly Moment[] {
  const freeBits: bigint[] = [];
  let pending: readonly PendingStep[] = [];
  let traceless = 0n;
  let spareCounts: readonly number[] = spareKinds.map(() => 0);
  // The sooner a value was seen for the last time, the sooner it was probably written.
  const orderOf = ({ step }: PendingStep): number => lastUses[step.result ?? ABSENT_STATE]?.neededAtNs ?? 0;
  return events.map((event) => {
    if (event.kind === 'spare') {
      spareCounts = spareCounts.with(event.spareKind, (spareCounts[event.spareKind] ?? 0) + 1);
      return { event, pending, returning: undefined, traceless, spareCounts };
    }
    if (event.kind === 'call') {
      const bit = freeBits.pop() ?? 1n << BigInt(pending.length);
      pending = [...pending, { step: event.step, bit }].sort((a, b) => orderOf(a) - orderOf(b));
      if (isTraceless(event.step)) traceless |= bit;
      return { event, pending, returning: undefined, traceless, spareCounts };
    }
    const returning = pending.find((one) => one.step === event.step);
    if (returning === undefined) throw new Error('an operation returned that was not called');
    const moment = { event, pending, returning, traceless, spareCounts };
    pending = pending.filter((one) => one !== returning);
    traceless &= ~returning.bit;
    freeBits.push(returning.bit);
    return moment;
  });
}

/** Whether nobody can tell that the step was taken once another change came after it. */
export function isTraceless({ need, result }: Transition): boolean {
  return need === 'none' && result === OTHER_STATE;
}
