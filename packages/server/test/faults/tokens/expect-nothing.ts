import { expectStatus } from '../case-runner.ts';
import type { CaseRun } from '../fault-class.ts';
import type { RawRequest } from '../raw-request.ts';

/** What only who has a right, or is somebody, reaches. */
export const PLACES = ['manifest', 'blob', 'catalog', 'ping', 'account'] as const;
export type Place = (typeof PLACES)[number];

/** What has a form that nobody takes for a credential is answered like none. */
const CHALLENGE = /^(?:Bearer realm="http|Basic realm=")/;

export interface NothingOptions {
  readonly places?: readonly Place[];
  readonly allowed?: readonly number[];
  /** Where it is given instead of in an Authorization header: added to each target. */
  readonly query?: string;
  /** The addresses to come from, one for each place: wrong passwords are to be throttled by nothing but themselves. */
  readonly from?: () => string;
}

/** Asks with these headers for what is private: each time there must be a refusal, and on `/v2` with a challenge. */
export async function expectNothing(
  run: CaseRun,
  headers: readonly (readonly [string, string])[],
  { places = PLACES, allowed = [401], query, from }: NothingOptions = {},
): Promise<void> {
  for (const place of places) {
    const target = targetOf(run, place);
    const request: RawRequest = {
      method: place === 'blob' ? 'HEAD' : 'GET',
      target: query === undefined ? target : `${target}?${query}`,
      headers,
      isAnonymous: true,
      ...(from === undefined ? {} : { from: from() }),
    };
    const answer = await expectStatus(run, request, allowed);
    if (typeof answer === 'string' || answer.status !== 401 || place === 'account') continue;
    const challenge = answer.headers.get('www-authenticate') ?? '';
    if (!CHALLENGE.test(challenge)) run.complain(`the challenge is ${challenge}`);
  }
}

function targetOf({ target: { content } }: CaseRun, place: Place): string {
  switch (place) {
    case 'manifest':
      return `/v2/${content.repository}/manifests/latest`;
    case 'blob':
      return `/v2/${content.repository}/blobs/${content.blob.digest}`;
    case 'catalog':
      return '/v2/_catalog';
    case 'ping':
      return '/v2/';
    case 'account':
      return '/api/v2.0/users/current';
  }
}

export function bearer(token: string): readonly (readonly [string, string])[] {
  return [['Authorization', `Bearer ${token}`]];
}
