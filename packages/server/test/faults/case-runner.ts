import { findAnswerFaults } from './answer-checks.ts';
import type { CaseRun, FaultCase, Target } from './fault-class.ts';
import { BrokenAnswer, type RawAnswer } from './raw-answer.ts';
import { RawClient } from './raw-client.ts';
import { encodeRequest, type RawRequest, showBytes } from './raw-request.ts';
import { type NoAnswer, RawSocket } from './raw-socket.ts';

export interface CasesResult {
  readonly failures: readonly string[];
  readonly notes: readonly string[];
  readonly requestCount: number;
  readonly serverErrorCount: number;
}

/**
 * Runs cases, some at a time, each worker over a connection of its own.
 * @param options.from as of `RawSocket.open`
 */
export async function runCases(
  cases: readonly FaultCase[],
  target: Target,
  { concurrency, from }: { readonly concurrency: number; readonly from?: string | undefined },
): Promise<CasesResult> {
  const tally = { failures: [] as string[], notes: [] as string[], requestCount: 0, serverErrorCount: 0 };
  const queue = cases.values();
  const work = async (): Promise<void> => {
    const client = new RawClient(target.port, from);
    for (const faultCase of queue) {
      const run = new RunningCase(target, client);
      await run.perform(faultCase);
      tally.requestCount += run.answers;
      tally.serverErrorCount += run.serverErrors;
      tally.notes.push(...run.notes);
      if (run.complaints.length > 0) tally.failures.push(`${faultCase.name}: ${run.complaints.join('; ')}`);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return tally;
}

class RunningCase implements CaseRun {
  readonly target: Target;
  readonly complaints: string[] = [];
  readonly notes: string[] = [];
  answers = 0;
  serverErrors = 0;
  readonly #client: RawClient;
  readonly #sockets: RawSocket[] = [];

  constructor(target: Target, client: RawClient) {
    this.target = target;
    this.#client = client;
  }

  async perform(faultCase: FaultCase): Promise<void> {
    try {
      await faultCase.run(this);
    } catch (error) {
      this.complain(error instanceof BrokenAnswer ? error.message : `the case failed: ${String(error)}`);
    } finally {
      for (const socket of this.#sockets) socket.destroy();
    }
  }

  async ask(request: RawRequest): Promise<RawAnswer | NoAnswer> {
    const bytes = encodeRequest(request, this.target.host, this.target.authorization);
    const { from } = request;
    const client = from === undefined ? this.#client : new RawClient(this.target.port, from);
    try {
      const answer = await client.send(bytes, request.method);
      this.check(answer, request);
      return answer;
    } finally {
      if (from !== undefined) client.close();
    }
  }

  async open(): Promise<RawSocket> {
    const socket = await RawSocket.open(this.target.port);
    this.#sockets.push(socket);
    return socket;
  }

  check(answer: RawAnswer | NoAnswer, request: Pick<RawRequest, 'method' | 'target'>): void {
    this.answers += 1;
    if (typeof answer === 'string') return;
    if (answer.status >= 500) this.serverErrors += 1;
    for (const fault of findAnswerFaults(answer, request, this.target.secrets)) {
      this.complain(`${request.method} ${showBytes(request.target)}: ${fault}`);
    }
  }

  complain(what: string): void {
    this.complaints.push(what);
  }

  note(what: string): void {
    this.notes.push(what);
  }
}

/** The status of an answer, or why there is none. */
export function statusOf(answer: RawAnswer | NoAnswer): number | NoAnswer {
  return typeof answer === 'string' ? answer : answer.status;
}

/** A case of one request whose answer must have one of these statuses. */
export function requestCase(name: string, request: RawRequest, allowed: readonly (number | NoAnswer)[]): FaultCase {
  return { name, run: (run) => expectStatus(run, request, allowed).then(() => undefined) };
}

/** Sends the request and complains unless its answer has one of these statuses. */
export async function expectStatus(
  run: CaseRun,
  request: RawRequest,
  allowed: readonly (number | NoAnswer)[],
): Promise<RawAnswer | NoAnswer> {
  const answer = await run.ask(request);
  const status = statusOf(answer);
  if (!allowed.includes(status)) {
    run.complain(`${request.method} ${showBytes(request.target)}: ${status} rather than ${allowed.join(' or ')}`);
  }
  return answer;
}
