import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import type { RawRequest } from '../raw-request.ts';
import type { HiddenNames } from '../seed-hidden.ts';
import { basicAuthorization } from '../seeded-accounts.ts';
import { describeDifference, plainAnswer } from './compare-answers.ts';
import { ASKERS, type Asker, type Probe } from './probe.ts';

/** Asks each probe twice, for what is there and for what is not: nothing in the answers may tell which is which. */
export function createPairCases(probes: readonly Probe[], target: Target): readonly FaultCase[] {
  return probes.flatMap((probe) =>
    (probe.askers ?? ASKERS).map((asker) => ({
      name: `${probe.name}, by ${asker}`,
      run: (run) => comparePair(run, probe, asker, target),
    })),
  );
}

async function comparePair(run: CaseRun, probe: Probe, asker: Asker, { hidden }: Target): Promise<void> {
  const { there } = hidden;
  const missing = missingFor(probe, hidden);
  const requests = [there, missing].map((names) => probe.request(names));
  const hasLength = new Set(requests.map(lengthOf)).size === 1;
  const plain: string[] = [];
  for (const request of requests) {
    const answer = await run.ask(await signedBy(run, request, asker));
    plain.push(typeof answer === 'string' ? answer : plainAnswer(answer, [there, missing], hasLength));
    if (typeof answer !== 'string' && answer.status === 429) run.complain('the throttle answers, and tells nothing');
  }
  const [seen = '', unseen = ''] = plain;
  if (seen !== unseen) run.complain(`it tells what is there: ${describeDifference(seen, unseen)}`);
}

function lengthOf({ target, body }: RawRequest): number {
  return target.length + (body?.length ?? 0);
}

/** The names of which none, or none of those that differ, is there. */
export function missingFor({ differs }: Probe, { there, missing }: Target['hidden']): HiddenNames {
  if (differs === undefined) return missing;
  const changed = differs.map((key) => [key, key === 'repository' ? `${there.project}/crypt` : missing[key]] as const);
  return { ...there, ...Object.fromEntries(changed) };
}

/** The request as the asker sends it. */
export async function signedBy(run: CaseRun, request: RawRequest, asker: Asker): Promise<RawRequest> {
  const { accounts } = run.target;
  const { headers = [] } = request;
  if (asker === 'nobody') return { ...request, isAnonymous: true };
  const account = asker === 'the owner of another project' ? accounts.owner : accounts.outsider;
  const basic = basicAuthorization(account);
  const value = asker === 'an outsider with a token' ? await askForToken(run, request, basic) : basic;
  return { ...request, headers: [...headers, ['Authorization', value]] };
}

/** As a client would, for the repository of the request. */
async function askForToken(run: CaseRun, { target }: RawRequest, authorization: string): Promise<string> {
  const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(target)?.[1] ?? '';
  const query = `service=harbor-registry&scope=${encodeURIComponent(`repository:${repository}:pull,push,delete`)}`;
  const headers = [['Authorization', authorization]] as const;
  const answer = await run.ask({ method: 'GET', target: `/service/token?${query}`, headers });
  if (typeof answer === 'string') throw new Error('there is no token');
  return `Bearer ${JSON.parse(answer.body.toString('utf8')).token}`;
}
