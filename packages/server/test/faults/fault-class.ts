import type { RawAnswer } from './raw-answer.ts';
import type { RawRequest } from './raw-request.ts';
import type { NoAnswer, RawSocket } from './raw-socket.ts';
import type { Hidden } from './seed-hidden.ts';
import type { EarlyToken } from './seed-tokens.ts';
import type { SeededAccounts } from './seeded-accounts.ts';
import type { SeededContent } from './seeded-content.ts';
import type { StateSnapshot } from './state-snapshot.ts';

/** The server under attack, or a defective stand-in before it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Of the administrator, who may do everything: what is refused is refused for its form. */
  readonly authorization: string;
  readonly content: SeededContent;
  readonly accounts: SeededAccounts;
  /** Given out by the seed, for a minute. */
  readonly earlyTokens: readonly EarlyToken[];
  /** What is not to be told from what is not there. */
  readonly hidden: Hidden;
  /** Texts that no answer may hold: folders of the server, its password. */
  readonly secrets: readonly string[];
}

/** What a case may do, and where it says what was wrong. */
export interface CaseRun {
  readonly target: Target;
  /** Sends a request over a kept connection; the answer is held against what every answer must be. */
  ask(request: RawRequest): Promise<RawAnswer | NoAnswer>;
  /** A connection of its own, closed at the end of the case. */
  open(): Promise<RawSocket>;
  /** Holds an answer that came over `open()` against what every answer must be. */
  check(answer: RawAnswer | NoAnswer, request: Pick<RawRequest, 'method' | 'target'>): void;
  complain(what: string): void;
  /** Something to know of a case that passes, too: shown below the table. */
  note(what: string): void;
}

export interface FaultCase {
  readonly name: string;
  run(run: CaseRun): Promise<void>;
}

/** Made by the case itself: which differences between the states before and after are right. */
export type ExplainChanges = (before: StateSnapshot, after: StateSnapshot) => readonly string[];

export interface FaultClass {
  readonly name: string;
  /** What the corpus counts: "names", "references" … */
  readonly unit: string;
  /** How many different hostile inputs there are, and how many there must be. */
  readonly corpusSize: number;
  readonly minCorpusSize: number;
  readonly cases: readonly FaultCase[];
  /** Cases at once. */
  readonly concurrency: number;
  /** The address that its requests come from, as of `RawSocket.open`. */
  readonly from?: string;
  /** Makes what the cases need and the seed does not have, before the state is looked at. */
  readonly prepare?: () => Promise<void>;
  /** Unlawful differences; by default any difference is one. */
  readonly explainChanges?: ExplainChanges;
}

/** What running a class came to. */
export interface ClassResult {
  readonly name: string;
  readonly unit: string;
  readonly corpusSize: number;
  readonly minCorpusSize: number;
  readonly caseCount: number;
  readonly requestCount: number;
  /** Cases with complaints, each with its name and what was wrong. */
  readonly failures: readonly string[];
  readonly notes: readonly string[];
  readonly serverErrorCount: number;
  readonly stateChanges: readonly string[];
  /** Latency of a request that needs no work, asked 20 times a second beside the class. */
  readonly probeP99Ms: number;
  /** As the server measured it; undefined without its metrics. */
  readonly loopDelayP99Ms: number | undefined;
  /** How busy the machine was with other things: 1 is not at all. */
  readonly contention: number;
  readonly seconds: number;
}
