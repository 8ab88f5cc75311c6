import { type Configuration, Frontier } from './frontier.ts';
import { isTraceless, listMoments, type Moment, type PendingStep } from './list-moments.ts';
import { ABSENT_STATE, OTHER_STATE, type PreparedHistory, type Transition } from './prepare-history.ts';

/** What a search came to; `given-up` when it would have cost more than was allowed. */
export type SearchResult = 'found' | 'exhausted' | 'given-up';

/**
 * The search of Wing and Gong (1993) with Lowe's just-in-time linearization (2017): depth first through the calls and returns
 * in the order of time, where an operation takes effect only when one that returns needs it, and no configuration (state,
 * operations in flight that have taken effect) is visited twice at the same event. Where nothing is in flight nothing but
 * states is left over, so that a long history costs no more than its pieces.
 *
 * Each value is written once, which makes the search narrow: the tag may leave a value only when nobody will see it later,
 * and what nobody will see any more is as good as any other value.
 */
export class RegisterSearch {
  readonly #history: PreparedHistory;
  readonly #moments: readonly Moment[];
  readonly #visited: Frontier[];
  #visitedCount = 0;
  #furthestIndex = 0;

  constructor(history: PreparedHistory) {
    this.#history = history;
    this.#moments = listMoments(history);
    this.#visited = this.#moments.map((moment) => new Frontier(moment.traceless));
  }

  /** How many configurations were visited. */
  get visitedCount(): number {
    return this.#visitedCount;
  }

  /** The instant of the latest event that a way was found to. */
  get furthestNs(): number {
    return this.#moments[this.#furthestIndex]?.event.atNs ?? 0;
  }

  /** Looks for one way in which the whole history can have gone. @param maxVisits how many configurations it may visit */
  run(maxVisits: number): SearchResult {
    const used = this.#history.spareKinds.map(() => 0);
    const path: Iterator<Node>[] = [
      [{ index: 0, configuration: { state: ABSENT_STATE, done: 0n, optional: 0n, used } }].values(),
    ];
    for (let nodes = path.at(-1); nodes !== undefined; nodes = path.at(-1)) {
      const next = nodes.next();
      if (next.done === true) {
        path.pop();
        continue;
      }
      const { index, configuration } = next.value;
      const moment = this.#moments[index];
      if (moment === undefined) return 'found';
      if (this.#visited[index]?.add(configuration) !== true) continue;
      this.#visitedCount += 1;
      if (this.#visitedCount > maxVisits) return 'given-up';
      this.#furthestIndex = Math.max(this.#furthestIndex, index);
      path.push(this.#listNext(index, moment, configuration));
    }
    return 'exhausted';
  }

  *#listNext(index: number, moment: Moment, configuration: Configuration): Generator<Node, void, undefined> {
    const { event, returning } = moment;
    if (returning === undefined) {
      const settled = event.kind === 'call' ? this.#settle(moment, configuration) : configuration;
      if (settled !== undefined) yield { index: index + 1, configuration: settled };
      return;
    }
    const { bit } = returning;
    const isDone = (configuration.done & bit) !== 0n;
    if (isDone || (configuration.optional & bit) !== 0n) {
      const { done, optional } = configuration;
      yield { index: index + 1, configuration: { ...configuration, done: done & ~bit, optional: optional & ~bit } };
    }
    if (isDone) return;
    for (const successor of this.#listSuccessors(moment, configuration, returning)) {
      yield { index, configuration: successor };
    }
  }

  /**
   * The configurations one step on. A spare operation and a traceless write take effect only directly before a step that is
   * impossible without it; the write also when it must.
   */
  *#listSuccessors(
    moment: Moment,
    configuration: Configuration,
    returning: PendingStep,
  ): Generator<Configuration, void, undefined> {
    const { state, done } = configuration;
    for (const pending of moment.pending) {
      if ((done & pending.bit) !== 0n || (isTraceless(pending.step) && pending !== returning)) continue;
      const next = this.#take(moment, configuration, pending);
      if (next !== undefined) yield next;
    }
    const helped = [...this.#listHelped(moment, configuration)];
    for (const pending of moment.pending) {
      if ((done & pending.bit) !== 0n || isTraceless(pending.step)) continue;
      const isAlone = isPossible(pending.step, state);
      for (const prepared of isAlone ? this.#listAbsorbed(moment, configuration, pending) : helped) {
        const next = this.#take(moment, prepared, pending);
        if (next !== undefined) yield next;
      }
    }
  }

  /** The configuration after each of the operations that take effect only to help another one. */
  *#listHelped(moment: Moment, configuration: Configuration): Generator<Configuration, void, undefined> {
    if (!this.#mayLeave(moment, configuration, undefined)) return;
    const { state, done, optional } = configuration;
    for (const [kind, spare] of this.#history.spareKinds.entries()) {
      if (!isPossible(spare, state)) continue;
      const next = this.#useSpare(moment, configuration, kind);
      if (next !== undefined) yield next;
    }
    for (const { bit } of moment.pending) {
      if ((moment.traceless & bit) === 0n || (done & bit) !== 0n) continue;
      yield { ...configuration, state: OTHER_STATE, done: done | bit, optional: optional & ~bit };
    }
  }

  /** A spare removal may hide traceless writes before a creation that was possible without it. */
  *#listAbsorbed(
    moment: Moment,
    configuration: Configuration,
    { step }: PendingStep,
  ): Generator<Configuration, void, undefined> {
    const { state, done, optional } = configuration;
    if (state !== ABSENT_STATE || step.need !== 'is' || (moment.traceless & ~done & ~optional) === 0n) return;
    for (const [kind, spare] of this.#history.spareKinds.entries()) {
      if (spare.result !== ABSENT_STATE) continue;
      const next = this.#useSpare(moment, configuration, kind);
      if (next !== undefined) yield next;
    }
  }

  #useSpare(moment: Moment, configuration: Configuration, kind: number): Configuration | undefined {
    const spare = this.#history.spareKinds[kind];
    const count = configuration.used[kind] ?? 0;
    const calledCount = moment.spareCounts[kind] ?? 0;
    if (spare?.result === undefined || count >= calledCount) return undefined;
    // One for each operation that it could help is more than enough: there is nothing to count.
    const isPlenty = calledCount >= this.#history.certainCount;
    const used = isPlenty ? configuration.used : configuration.used.with(kind, count + 1);
    const optional = spare.need === 'none' ? makeOptional(moment, configuration) : configuration.optional;
    return { ...configuration, state: spare.result, used, optional };
  }

  /** Lets a step take effect, if it can and may. */
  #take(moment: Moment, configuration: Configuration, pending: PendingStep): Configuration | undefined {
    const { step, bit } = pending;
    if (!isPossible(step, configuration.state)) return undefined;
    const after = { ...configuration, done: configuration.done | bit, optional: configuration.optional & ~bit };
    if (step.result === undefined) return this.#settle(moment, after);
    if (!this.#mayLeave(moment, configuration, pending)) return undefined;
    // A write directly before this step would have left no trace, unless this one needs the very value.
    const optional = step.need === 'is' ? after.optional : makeOptional(moment, after);
    return this.#settle(moment, { ...after, state: step.result, optional });
  }

  /** Each value is written once, so that who needs the present one later would never find it again. */
  #mayLeave(moment: Moment, { state, done }: Configuration, by: PendingStep | undefined): boolean {
    if (state === ABSENT_STATE || state === OTHER_STATE) return true;
    const { atNs } = moment.event;
    if ((this.#history.lastUses[state]?.neededAtNs ?? atNs) > atNs) return false;
    return moment.pending.every(
      (other) => other === by || other.step.need !== 'is' || other.step.needed !== state || (done & other.bit) !== 0n,
    );
  }

  /**
   * Takes what can be taken at once without hindering anybody, and forgets a value that nobody can tell any more.
   * @returns undefined when there is no way on
   */
  #settle(moment: Moment, configuration: Configuration): Configuration | undefined {
    const { used } = configuration;
    let { state, done } = configuration;
    let isTold = false;
    for (const { step, bit } of moment.pending) {
      if ((done & bit) !== 0n) continue;
      if (step.result === undefined && isPossible(step, state)) done |= bit;
      else if (step.need !== 'none' && step.needed === state) isTold = true;
    }
    // At this very instant another one may still be called.
    const { atNs } = moment.event;
    const isForgotten = !isTold && (this.#history.lastUses[state]?.toldAtNs ?? atNs) < atNs;
    if (state > OTHER_STATE && isForgotten) state = OTHER_STATE;
    const after = { state, done, optional: configuration.optional, used };
    if (this.#isLocked(moment, after)) return undefined;
    return after;
  }

  /** Whether a change can no longer be taken in time, since the tag must stay where it is until that has returned. */
  #isLocked(moment: Moment, { state, done, optional }: Configuration): boolean {
    if (state === ABSENT_STATE || state === OTHER_STATE) return false;
    const use = this.#history.lastUses[state];
    if (use === undefined || use.neededAtNs <= moment.event.atNs) return false;
    if (use.changedAtNs > moment.event.atNs) return true;
    return moment.pending.some(
      ({ step, bit }) =>
        step.result !== undefined && step.returnedAtNs < use.neededAtNs && ((done | optional) & bit) === 0n,
    );
  }
}

interface Node {
  readonly index: number;
  readonly configuration: Configuration;
}

function makeOptional({ traceless }: Moment, { done, optional }: Configuration): bigint {
  return optional | (traceless & ~done);
}

function isPossible({ need, needed }: Transition, state: number): boolean {
  return need === 'none' || (need === 'is') === (state === needed);
}
