import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, NoAnswerError } from '../../support/load/http-client.ts';

/** The client has given up, as docker does after some tries. */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError';
}

const TRIES = 6;
const FIRST_WAIT_MS = 200;

/**
 * Asks until there is an answer that is not the server's failure, as clients do: after a 5xx, a broken connection or silence
 * the same again, a little later each time. Each try is a request of its own for the ledger, the failed ones of unknown outcome.
 * @throws GivenUpError
 */
export async function persist<Result extends object>(ask: () => Promise<Result | Answer>): Promise<Result | Answer> {
  let last = '';
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await delay(FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random()));
    const answer = await askOnce(ask);
    if (answer === undefined) last = 'no answer';
    else if ('status' in answer && typeof answer.status === 'number' && isFailure(answer.status))
      last = `${answer.status}`;
    else return answer;
  }
  throw new GivenUpError(`after ${TRIES} tries: ${last}`);
}

/** @returns undefined when there was no answer */
export async function askOnce<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NoAnswerError) return undefined;
    throw error;
  }
}

export function isFailure(status: number): boolean {
  return status >= 500 || status === 429;
}
