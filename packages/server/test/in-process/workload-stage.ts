import Fastify, { type FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { registerTokenRoutes } from '../../src/api/token/token-routes.ts';
import type { ClaimConditions } from '../../src/identity/workload/claim-conditions.ts';
import type { TokenExplanation } from '../../src/identity/workload/token-explainer.ts';
import type { WorkloadRule } from '../../src/identity/workload/workload-rule.ts';
import { createEgressGuard, type EgressGuard } from '../../src/kernel/egress-guard.ts';
import { ProductError } from '../../src/kernel/errors.ts';
import { createProjects, type Projects } from '../../src/projects/projects.ts';
import { RuleAccounts } from '../../src/projects/workload-rules/rule-accounts.ts';
import { ForeignIssuer } from '../support/foreign-issuer.ts';
import type { Engine } from './test-database.ts';
import { openTestIdentity, type TestIdentity } from './test-identity.ts';
import { GITHUB_CLAIMS, WORKLOAD_AUDIENCE } from './workload-claims.ts';

export const PULL_PUSH = [
  { resource: 'repository', action: 'pull' },
  { resource: 'repository', action: 'push' },
];
/** More than any rule gives. */
export const WORKLOAD_SCOPE = 'repository:team/app:pull,push,delete';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';

type RuleName = 'github' | 'gitlab' | 'kubernetes' | 'elsewhere' | 'off' | 'gone';
type Answer = Awaited<ReturnType<FastifyInstance['inject']>>;

/** The token routes of an instance with the projects `team` and `other`, and the issuers whose tokens are shown there. */
export class WorkloadStage {
  /** The one that the rules trust. */
  readonly issuer: ForeignIssuer;
  /** One that no rule trusts, with a key of the same name. */
  readonly stranger: ForeignIssuer;
  readonly test: TestIdentity;
  readonly projects: Projects;
  readonly accounts: RuleAccounts;
  readonly guard: EgressGuard;
  readonly app: FastifyInstance;
  readonly rules = {} as Record<RuleName, WorkloadRule>;
  #networks = 0;

  static async open(engine: Engine = 'sqlite'): Promise<WorkloadStage> {
    const issuers = [new ForeignIssuer(), new ForeignIssuer('stranger.test')] as const;
    for (const issuer of issuers) await issuer.open();
    const guard = createEgressGuard({
      allow: ['127.0.0.1/32'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      certificateAuthorities: issuers.map(({ certificatePem }) => certificatePem),
    });
    const stage = new WorkloadStage(issuers, guard, await openTestIdentity(engine, 'test', guard));
    await stage.#fill();
    return stage;
  }

  private constructor(issuers: readonly [ForeignIssuer, ForeignIssuer], guard: EgressGuard, test: TestIdentity) {
    [this.issuer, this.stranger] = issuers;
    this.guard = guard;
    this.test = test;
    const projects = createProjects({ database: test.database, clock: test.clock });
    this.projects = projects;
    this.accounts = new RuleAccounts({
      rules: test.identity.workloadRules,
      explainer: test.identity.tokenExplainer,
      projects,
    });
    this.app = Fastify();
    registerTokenRoutes(this.app, {
      instanceOf: () => ({ identity: test.identity, projects }),
      originOf: (request) => ({ ...test.actor, address: request.ip }),
    });
  }

  async #fill(): Promise<void> {
    const { actor } = this.test;
    for (const name of ['team', 'other']) await this.projects.create({ name, isPublic: false, actor });
    const gone = await this.create('gone', { repository: ['octo-org/gone'] });
    await this.accounts.delete({ project: 'team', id: gone.id }, actor);
    Object.assign(this.rules, {
      github: await this.create('github', { repository: ['octo-org/app'], ref: ['refs/heads/main', 'refs/tags/v*'] }),
      gitlab: await this.create('gitlab', { project_path: ['group/app'], ref_protected: ['true'] }),
      kubernetes: await this.create('kubernetes', {
        'kubernetes.io/namespace': ['shop'],
        'kubernetes.io/serviceaccount/name': ['deployer'],
      }),
      elsewhere: await this.create('elsewhere', { repository: ['octo-org/other'] }, { project: 'other' }),
      off: await this.create('off', { repository: ['octo-org/off'] }, { isDisabled: true }),
      gone,
    });
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.test.close();
    await this.guard.close();
    await this.issuer.close();
    await this.stranger.close();
  }

  create(name: string, conditions: ClaimConditions, more: object = {}): Promise<WorkloadRule> {
    return this.accounts.create({
      ...{ project: 'team', name, issuer: this.issuer.issuer, audience: WORKLOAD_AUDIENCE, conditions },
      ...{ permissions: PULL_PUSH, isDisabled: false, actor: this.test.actor, ...more },
    });
  }

  /** Seconds since 1970. */
  now(): number {
    return this.test.clock.now() / 1000;
  }

  /** Those of octo-org/app at main, as of now, with changes. */
  claimsOf(changes: object = {}): Record<string, unknown> {
    const now = this.now();
    const times = { iat: now - 5, nbf: now - 5, exp: now + 300 };
    return { iss: this.issuer.issuer, aud: WORKLOAD_AUDIENCE, ...times, ...GITHUB_CLAIMS, ...changes };
  }

  sign(changes: object = {}): Promise<string> {
    return this.issuer.sign(this.claimsOf(changes));
  }

  login(token: string, scope = WORKLOAD_SCOPE, username = 'oidc'): Promise<Answer> {
    return this.app.inject({
      method: 'GET',
      url: `/service/token?service=harbor-registry&scope=${encodeURIComponent(scope)}`,
      headers: { authorization: `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}` },
      remoteAddress: this.#from(),
    });
  }

  /** As `/v2` does with what is shown there by the Basic scheme. @returns whether somebody came in, or there was no answer to it */
  async enter(token: string): Promise<boolean> {
    const origin = { ...this.test.actor, address: this.#from() };
    try {
      return (await this.test.identity.credentials.verifyBasic('oidc', token, origin)) !== undefined;
    } catch (error) {
      return !(error instanceof ProductError);
    }
  }

  /** As who may see the rules of the project `team` is told. */
  explain(token: string): Promise<TokenExplanation> {
    return this.accounts.explain({ project: 'team', token }, this.test.actor.principal);
  }

  post(form: Record<string, string>): Promise<Answer> {
    return this.app.inject({
      ...{ method: 'POST', url: '/service/token', headers: FORM, remoteAddress: this.#from() },
      payload: new URLSearchParams(form).toString(),
    });
  }

  exchange(token: string, more: Record<string, string> = {}): Promise<Answer> {
    const given = { subject_token: token, subject_token_type: JWT_TYPE, scope: WORKLOAD_SCOPE };
    return this.post({ grant_type: EXCHANGE, ...given, ...more });
  }

  /** Each from a network of its own, so that the throttle does not answer for the product. */
  #from(): string {
    this.#networks += 1;
    return `10.${Math.floor(this.#networks / 250)}.${this.#networks % 250}.1`;
  }
}

/** What an answer gives, as `team/app:pull,push`. */
export function accessOf(answer: Answer): readonly string[] {
  if (answer.statusCode !== 200) return [];
  const access = decodeJwt(answer.json().token)['access'] as readonly { name: string; actions: string[] }[];
  return access.map(({ name, actions }) => `${name}:${actions.join(',')}`);
}
