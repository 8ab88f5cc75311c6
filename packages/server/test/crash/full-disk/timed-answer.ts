import { type Answer, describeAnswer, NoAnswerError } from '../../support/load/http-client.ts';

/** An answer, and how long it took. */
export interface TimedAnswer {
  readonly answer: Answer;
  readonly seconds: number;
  readonly what: string;
}

/** A client has its answer within this time, whatever happens to the disk. */
export const MAX_ANSWER_SECONDS = 5;

/** No answer at all counts as the answer 0. */
export async function timeAnswer(what: string, ask: () => Promise<Answer>): Promise<TimedAnswer> {
  const startedAt = performance.now();
  try {
    return { answer: await ask(), seconds: secondsSince(startedAt), what };
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    const answer = { status: 0, headers: {}, body: Buffer.from(error.message) };
    return { answer, seconds: secondsSince(startedAt), what };
  }
}

export function expectStatus({ answer, what }: TimedAnswer, status: number): void {
  if (answer.status !== status) throw new Error(`${what}: ${describeAnswer(answer)} rather than ${status}`);
}

/** What is wrong with the way in which a write was refused: one of these statuses, soon, with an error of the OCI form. */
export function findRefusalFaults(
  { answer, seconds, what }: TimedAnswer,
  statuses: readonly number[],
): readonly string[] {
  const faults: string[] = [];
  if (!statuses.includes(answer.status)) {
    return [`${what}: ${describeAnswer(answer)} rather than ${statuses.join(' or ')}`];
  }
  if (seconds > MAX_ANSWER_SECONDS) faults.push(`${what} was answered after ${seconds.toFixed(1)} s`);
  const error = parseError(answer);
  if (error === undefined) faults.push(`${what}: no error of the OCI form: ${describeAnswer(answer)}`);
  else if (error.code === 'UNKNOWN' || !/full|space|room|read-only|writ/i.test(error.message)) {
    faults.push(`${what}: the error does not say what is the matter: ${error.code} "${error.message}"`);
  }
  return faults;
}

function parseError({ body }: Answer): { readonly code: string; readonly message: string } | undefined {
  try {
    const [error] = (JSON.parse(body.toString('utf8')) as { errors: { code: string; message: string }[] }).errors;
    return error;
  } catch {
    return undefined;
  }
}

export function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}
