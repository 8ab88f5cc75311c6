import { quoteForMessage } from '@roadstead/oci';
import type { RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Principal } from '../../kernel/principal.ts';
import { decodeForeignToken } from '../federation/decode-foreign-token.ts';
import { ForeignTokenError } from '../federation/foreign-token-error.ts';
import type { IssuerKeys } from '../federation/issuer-keys.ts';
import { type ForeignToken, verifyForeignToken } from '../federation/verify-foreign-token.ts';
import type { LoginEvents } from '../login-events.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import type { MachineLogins } from '../machine-logins.ts';
import { judgeClaims } from './claim-conditions.ts';
import { inTurns } from './in-turns.ts';
import { readTokenAddress } from './token-address.ts';
import type { WorkloadRule } from './workload-rule.ts';
import type { WorkloadRules } from './workload-rules.ts';
import { WORKLOAD_USERNAME } from './workload-username.ts';

const MAX_NAMED = 3;
/** Of rules that an audit entry tells of. */
const MAX_TOLD = 10;
const MAX_TOLD_LENGTH = 256;
/** Rules that a token is good for, of each project and in all: a registry token has to fit into a header. */
const MAX_RULES_OF_PROJECT = 10;
const MAX_RULES = 200;

/** Somebody whom another issuer vouches for, and until when. */
export type WorkloadPrincipal = Extract<Principal, { readonly kind: 'workload' }> & {
  /** Milliseconds since 1970: nothing that it gets lives longer. */
  readonly expiresAt: number;
};

/** What audit entries say beyond what the client is told. */
interface Findings {
  issuer?: string;
  subject?: string;
  /** Of the issuer and for the audience of the token, and what of each does not fit. */
  rules?: readonly { readonly projectId: number; readonly id: number }[];
}

export interface WorkloadCredentialsDependencies {
  readonly rules: Pick<WorkloadRules, 'findEnabled'>;
  readonly issuerKeys: Pick<IssuerKeys, 'find'>;
  readonly throttle: Pick<LoginThrottle, 'begin'>;
  readonly events: Pick<LoginEvents, 'failed' | 'refused'>;
  readonly logins: Pick<MachineLogins, 'succeeded'>;
  readonly clock: Clock;
}

/** Whether a secret has the form of a signed token, as no password need have. */
export function isForeignToken(secret: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(secret);
}

/** Lets workloads in by tokens of issuers that rules trust. */
export class WorkloadCredentials {
  readonly #deps: WorkloadCredentialsDependencies;

  constructor(dependencies: WorkloadCredentialsDependencies) {
    this.#deps = dependencies;
  }

  /**
   * A right token works however many wrong ones came before it; wrong ones count as wrong passwords do.
   * @throws ProductError UNAUTHORIZED with what is wrong with the token, never with a condition of a rule; TOO_MANY_REQUESTS;
   * UNAVAILABLE when the issuer's keys cannot be had
   */
  async verify(token: string, from: RequestOrigin): Promise<WorkloadPrincipal> {
    const findings: Findings = {};
    try {
      const { principal, matching } = await this.#enter(token, findings);
      const rules = matching.map(({ id, name, projectId }) => ({ id, name, projectId }));
      this.#deps.logins.succeeded({ origin: from, account: principal, detail: { rules: JSON.stringify(rules) } });
      return principal;
    } catch (error) {
      if (!(error instanceof ForeignTokenError)) throw error;
      return this.#refuse(error, from, findings);
    }
  }

  async #enter(token: string, findings: Findings) {
    const { issuer, audience } = readTokenAddress(decodeForeignToken(token).claims);
    const rules = issuer === undefined ? [] : await this.#deps.rules.findEnabled(issuer);
    if (issuer === undefined || rules.length === 0) throw untrusted(token);
    findings.issuer = issuer;
    const meant = rules.filter((rule) => rule.audience === audience);
    if (audience === undefined) throw new ForeignTokenError('audience', 'it is not for one audience (aud) alone');
    const verified = await verifyForeignToken(token, {
      issuer,
      audience,
      now: this.#deps.clock.now(),
      findKeys: (keyId) => this.#deps.issuerKeys.find(issuer, keyId),
    });
    findings.subject = verified.subject.slice(0, MAX_TOLD_LENGTH);
    // Told to none but whom the issuer vouches for.
    if (meant.length === 0) throw wrongAudience(audience, rules);
    const judged = await inTurns(meant, (rule) => matches(rule, verified));
    const matching = meant.filter((_, index) => judged[index]);
    if (matching.length === 0) {
      findings.rules = meant.slice(0, MAX_TOLD).map((rule) => explain(rule, verified));
      const subject = quoteForMessage(verified.subject);
      throw new ForeignTokenError(
        'no-rule',
        `its claims match no rule of this registry for the issuer ${quoteForMessage(issuer)}; its subject is ${subject}`,
      );
    }
    return { principal: toPrincipal(issuer, verified, matching), matching };
  }

  #refuse(error: ForeignTokenError, origin: RequestOrigin, { rules = [], ...found }: Findings): never {
    const message = `the token of the workload is refused: ${error.message}`;
    // Nobody's guess: neither is the token wrong, nor is anything learnt.
    if (error.fault === 'keys-unavailable') throw new ProductError('UNAVAILABLE', message, { cause: error });
    const { throttle, events } = this.#deps;
    try {
      throttle.begin(WORKLOAD_USERNAME, origin.address);
    } catch (refusal) {
      events.refused({ origin, account: undefined });
      throw refusal;
    }
    const detail = { fault: error.fault, ...found };
    if (rules.length === 0) events.failed({ origin, account: undefined, detail });
    // To each project of its own rules, so that whoever looks after those finds out why a pipeline stays outside.
    for (const [projectId = 0, own = []] of Map.groupBy(rules, (rule) => rule.projectId)) {
      const told = JSON.stringify(own.map(({ projectId: _, ...rule }) => rule));
      events.failed({ origin, account: undefined, projectId, detail: { ...detail, rules: told } });
    }
    throw new ProductError('UNAUTHORIZED', message, { cause: error });
  }
}

function untrusted(token: string): ForeignTokenError {
  const { iss } = decodeForeignToken(token).claims;
  const shown = typeof iss === 'string' ? `the issuer ${quoteForMessage(iss)}` : 'a token without an issuer (iss)';
  return new ForeignTokenError('untrusted-issuer', `no rule of this registry trusts ${shown}`);
}

function wrongAudience(audience: string, rules: readonly WorkloadRule[]): ForeignTokenError {
  const wanted = [...new Set(rules.map((rule) => rule.audience))].slice(0, MAX_NAMED).map(quoteForMessage).join(' or ');
  const shown = quoteForMessage(audience);
  return new ForeignTokenError('audience', `it is for the audience ${shown}; ask its issuer for one for ${wanted}`);
}

function matches({ conditions }: WorkloadRule, { claims }: ForeignToken): boolean {
  const findings = judgeClaims(conditions, claims);
  // A rule of no condition is never made; should there be one, it opens nothing.
  return findings.length > 0 && findings.every(({ outcome }) => outcome === 'matches');
}

function explain({ id, projectId, conditions }: WorkloadRule, { claims }: ForeignToken) {
  const findings = judgeClaims(conditions, claims).filter(({ outcome }) => outcome !== 'matches');
  return {
    projectId,
    id,
    ...Object.fromEntries(findings.slice(0, MAX_TOLD).map(({ path, outcome }) => [path, outcome])),
  };
}

function toPrincipal(
  issuer: string,
  { subject, expiresAt }: ForeignToken,
  matching: readonly WorkloadRule[],
): WorkloadPrincipal {
  const rules = chooseRules(matching).map(({ id, version }) => ({ id, version }));
  return { kind: 'workload', issuer, subject, name: subject, rules, expiresAt };
}

/** No project takes the place of another by having many. */
function chooseRules(matching: readonly WorkloadRule[]): readonly WorkloadRule[] {
  const ofProjects = [...Map.groupBy(matching, (rule) => rule.projectId).values()];
  return ofProjects.flatMap((rules) => rules.slice(0, MAX_RULES_OF_PROJECT)).slice(0, MAX_RULES);
}
