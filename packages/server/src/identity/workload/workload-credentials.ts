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
import type { WorkloadRule } from './workload-rule.ts';
import type { WorkloadRules } from './workload-rules.ts';
import { WORKLOAD_USERNAME } from './workload-username.ts';

const MAX_ISSUER_LENGTH = 512;
const MAX_NAMED = 3;
/** Of rules that an audit entry tells of. */
const MAX_TOLD = 10;
const MAX_TOLD_LENGTH = 256;

/** Somebody whom another issuer vouches for, and until when. */
export type WorkloadPrincipal = Extract<Principal, { readonly kind: 'workload' }> & {
  /** Milliseconds since 1970: nothing that it gets lives longer. */
  readonly expiresAt: number;
};

/** What an audit entry says beyond what the client is told. */
type Findings = Readonly<Record<string, string>>;

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
    const findings: Record<string, string> = {};
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

  async #enter(token: string, findings: Record<string, string>) {
    const { issuer, audience } = readAddress(token);
    const rules = issuer === undefined ? [] : await this.#deps.rules.findEnabled(issuer);
    if (issuer === undefined || rules.length === 0) throw untrusted(token);
    findings['issuer'] = issuer;
    const meant = rules.filter((rule) => rule.audience === audience);
    if (audience === undefined || meant.length === 0) throw wrongAudience(audience, rules);
    const verified = await verifyForeignToken(token, {
      issuer,
      audience,
      now: this.#deps.clock.now(),
      findKeys: (keyId) => this.#deps.issuerKeys.find(issuer, keyId),
    });
    findings['subject'] = verified.subject.slice(0, MAX_TOLD_LENGTH);
    const matching = meant.filter((rule) => matches(rule, verified));
    if (matching.length === 0) {
      findings['rules'] = JSON.stringify(meant.slice(0, MAX_TOLD).map((rule) => explain(rule, verified)));
      const subject = quoteForMessage(verified.subject);
      throw new ForeignTokenError(
        'no-rule',
        `its claims match no rule of this registry for the issuer ${quoteForMessage(issuer)}; its subject is ${subject}`,
      );
    }
    return { principal: toPrincipal(issuer, verified, matching), matching };
  }

  #refuse(error: ForeignTokenError, origin: RequestOrigin, findings: Findings): never {
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
    events.failed({ origin, account: undefined, detail: { fault: error.fault, ...findings } });
    throw new ProductError('UNAUTHORIZED', message, { cause: error });
  }
}

/** What a token says of itself, before anybody has verified it: only to find the rules that it may be meant for. */
function readAddress(token: string): { readonly issuer: string | undefined; readonly audience: string | undefined } {
  const { iss, aud } = decodeForeignToken(token).claims;
  const [only, ...others] = Array.isArray(aud) ? aud : [aud];
  const isIssuer = typeof iss === 'string' && iss.length <= MAX_ISSUER_LENGTH && !iss.includes('\0');
  return {
    issuer: isIssuer ? iss : undefined,
    audience: typeof only === 'string' && others.length === 0 ? only : undefined,
  };
}

function untrusted(token: string): ForeignTokenError {
  const { iss } = decodeForeignToken(token).claims;
  const shown = typeof iss === 'string' ? `the issuer ${quoteForMessage(iss)}` : 'a token without an issuer (iss)';
  return new ForeignTokenError('untrusted-issuer', `no rule of this registry trusts ${shown}`);
}

function wrongAudience(audience: string | undefined, rules: readonly WorkloadRule[]): ForeignTokenError {
  const wanted = [...new Set(rules.map((rule) => rule.audience))].slice(0, MAX_NAMED).map(quoteForMessage).join(' or ');
  const shown =
    audience === undefined ? 'not for one audience (aud) alone' : `for the audience ${quoteForMessage(audience)}`;
  return new ForeignTokenError('audience', `it is ${shown}; ask its issuer for one for ${wanted}`);
}

function matches({ conditions }: WorkloadRule, { claims }: ForeignToken): boolean {
  const findings = judgeClaims(conditions, claims);
  // A rule of no condition is never made; should there be one, it opens nothing.
  return findings.length > 0 && findings.every(({ outcome }) => outcome === 'matches');
}

function explain({ id, conditions }: WorkloadRule, { claims }: ForeignToken) {
  const findings = judgeClaims(conditions, claims).filter(({ outcome }) => outcome !== 'matches');
  return { id, ...Object.fromEntries(findings.slice(0, MAX_TOLD).map(({ path, outcome }) => [path, outcome])) };
}

function toPrincipal(
  issuer: string,
  { subject, expiresAt }: ForeignToken,
  matching: readonly WorkloadRule[],
): WorkloadPrincipal {
  const rules = matching.map(({ id, version }) => ({ id, version }));
  return { kind: 'workload', issuer, subject, name: subject, rules, expiresAt };
}
