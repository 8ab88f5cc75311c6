import { setTimeout as wait } from 'node:timers/promises';
import { expectStatus, statusOf } from '../case-runner.ts';
import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { nextNetwork } from '../next-network.ts';
import { type CredentialKind, CredentialMaker, type Credentials, ENDINGS, type Ending } from './ended-credentials.ts';
import { bearer, expectNothing } from './expect-nothing.ts';
import { takeApart } from './token-parts.ts';

/** How long the server may go on with what it knew of an account, and some more. */
const MAX_STALE_MS = 2_500;

/** What ended has to be refused, however well it was signed. */
export class EndedCredentials {
  readonly cases: readonly FaultCase[];
  readonly #target: Target;
  readonly #taken = new Map<Ending, Credentials>();
  #endedAt = 0;

  constructor(target: Target) {
    this.#target = target;
    this.cases = ENDINGS.flatMap((ending) => ending.ends.map((kind) => this.#caseOf(ending, kind)));
  }

  /** Makes all and ends it, under new names each time. */
  async prepare(): Promise<void> {
    const maker = new CredentialMaker(this.#target);
    for (const ending of ENDINGS) this.#taken.set(ending, await ending.run(maker));
    this.#endedAt = performance.now();
  }

  #caseOf(ending: Ending, kind: CredentialKind): FaultCase {
    return {
      name: `over: the ${kind} when ${ending.name}`,
      run: async (run) => {
        const credential = this.#taken.get(ending)?.[kind];
        if (credential === undefined || credential === '') throw new Error(`there is no ${kind}`);
        if (kind === 'registry token') await this.#waitUntilRefused(run, credential);
        await TRIES[kind](run, credential);
      },
    };
  }

  async #waitUntilRefused(run: CaseRun, token: string): Promise<void> {
    const target = `/v2/${run.target.content.repository}/manifests/latest`;
    while (performance.now() - this.#endedAt < MAX_STALE_MS) {
      if (statusOf(await run.ask({ method: 'HEAD', target, headers: bearer(token) })) === 401) break;
      await wait(50);
    }
    if (Number(takeApart(token).claims['exp']) * 1_000 <= Date.now()) {
      run.note('a token that was revoked had run out before it was tried');
    }
  }
}

const TRIES: Readonly<Record<CredentialKind, (run: CaseRun, credential: string) => Promise<unknown>>> = {
  'registry token': (run, token) => expectNothing(run, bearer(token)),
  'refresh token': (run, token) => refuseGrant(run, token),
  session: (run, cookie) => expectNothing(run, [['Cookie', cookie]]),
  'access token': (run, token) => expectNothing(run, bearer(token)),
  password: (run, authorization) => expectNothing(run, [['Authorization', authorization]], { from: nextNetwork }),
};

/** Tries to get a token for what is said to be a refresh token. */
export function refuseGrant(run: CaseRun, refreshToken: string): Promise<unknown> {
  const { repository } = run.target.content;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service: 'harbor-registry',
    refresh_token: refreshToken,
    scope: `repository:${repository}:pull`,
  });
  const request = {
    method: 'POST',
    target: '/service/token',
    headers: [['Content-Type', 'application/x-www-form-urlencoded']] as const,
    body: Buffer.from(form.toString()),
    isAnonymous: true,
  };
  return expectStatus(run, request, [401]);
}
