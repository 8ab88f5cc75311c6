import { MissingPrerequisite } from '../setup/missing-prerequisite.ts';
import type { Bench, ClientSuite } from './client-suite.ts';
import { NotServedYet } from './not-served-yet.ts';
import type { Operation } from './operation.ts';

export interface CellResult {
  readonly suite: ClientSuite;
  readonly operation: Operation;
  /** `not served`: the server does not have the operation yet, which is no failure for now. */
  readonly state: 'passed' | 'failed' | 'left out' | 'not served';
  readonly seconds: number;
  /** Why, unless it passed. */
  readonly reason: string;
}

export interface MatrixOptions {
  /** How many suites run side by side. */
  readonly parallel: number;
  readonly cellLimitSeconds: number;
  onResult(result: CellResult): void;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function withinLimit<Result>(limitSeconds: number, what: string, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${limitSeconds} s`)), limitSeconds * 1000);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function runSuite(suite: ClientSuite, bench: Bench, options: MatrixOptions): Promise<void> {
  const finish = (operation: Operation, state: CellResult['state'], seconds: number, reason = ''): void =>
    options.onResult({ suite, operation, state, seconds, reason });
  const { cellLimitSeconds } = options;
  let open: Awaited<ReturnType<ClientSuite['open']>>;
  try {
    open = await withinLimit(cellLimitSeconds, `starting ${suite.client}`, suite.open(bench));
  } catch (error) {
    for (const operation of suite.operations) finish(operation, 'failed', 0, `not run: ${messageOf(error)}`);
    return;
  }
  for (const operation of suite.operations) {
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1000;
    try {
      await withinLimit(cellLimitSeconds, 'the cell', open.run(operation));
      finish(operation, 'passed', seconds());
    } catch (error) {
      finish(operation, error instanceof NotServedYet ? 'not served' : 'failed', seconds(), messageOf(error));
    }
  }
  await withinLimit(cellLimitSeconds, `stopping ${suite.client}`, open.close()).catch((error: unknown) =>
    console.error(messageOf(error)),
  );
}

/** Runs suites as their tools arrive, so many at a time; every cell gets a result, also one that could not be run. */
export async function runMatrix(suites: readonly ClientSuite[], bench: Bench, options: MatrixOptions): Promise<void> {
  let free = options.parallel;
  const waiting: (() => void)[] = [];
  const turn = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const done = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const arrivals = suites.map(async (suite) => {
    try {
      await Promise.all(suite.tools.map((tool) => bench.toolbox.get(tool)));
    } catch (error) {
      const state = error instanceof MissingPrerequisite ? 'left out' : 'failed';
      const reason = `not run: ${messageOf(error)}`;
      for (const operation of suite.operations) options.onResult({ suite, operation, state, seconds: 0, reason });
      return;
    }
    await turn();
    try {
      await runSuite(suite, bench, options);
    } finally {
      done();
    }
  });
  await Promise.all(arrivals);
}
