import type { CaseRun } from '../fault-class.ts';
import { basicAuthorization, SEEDED_ROBOT } from '../seeded-accounts.ts';

/** Somebody whose genuine tokens give nothing in the private project. */
export interface Base {
  readonly name: string;
  /** Undefined: nobody. */
  readonly authorization: (run: CaseRun) => string | undefined;
}

export const BASES: readonly Base[] = [
  { name: 'nobody', authorization: () => undefined },
  { name: 'an outsider', authorization: ({ target }) => basicAuthorization(target.accounts.outsider) },
  { name: 'a robot', authorization: () => basicAuthorization(SEEDED_ROBOT) },
];

/** @returns a genuine token for what is public @throws Error unless it is one, and opens that */
export async function askForBase(run: CaseRun, { authorization }: Base): Promise<string> {
  const { publicRepository } = run.target.content;
  const token = await askForToken(run, `repository:${publicRepository}:pull`, authorization(run));
  const target = `/v2/${publicRepository}/manifests/latest`;
  const answer = await run.ask({ method: 'HEAD', target, headers: [['Authorization', `Bearer ${token}`]] });
  if (typeof answer === 'string' || answer.status !== 200) throw new Error('the genuine token opens nothing');
  return token;
}

/** A token of the administrator's for pulling from the private repository: it opens that, and nothing else. */
export function askForPower(run: CaseRun): Promise<string> {
  const { content, authorization } = run.target;
  return askForToken(run, `repository:${content.repository}:pull`, authorization);
}

async function askForToken(run: CaseRun, scope: string, authorization: string | undefined): Promise<string> {
  const answer = await run.ask({
    method: 'GET',
    target: `/service/token?service=harbor-registry&scope=${encodeURIComponent(scope)}`,
    ...(authorization === undefined ? { isAnonymous: true } : { headers: [['Authorization', authorization]] }),
  });
  if (typeof answer === 'string' || answer.status !== 200) throw new Error('there is no genuine token');
  return String(JSON.parse(answer.body.toString('utf8')).token);
}
