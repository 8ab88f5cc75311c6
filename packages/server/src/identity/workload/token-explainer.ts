import type { Clock } from '../../kernel/clock.ts';
import { decodeForeignToken } from '../federation/decode-foreign-token.ts';
import { ForeignTokenError } from '../federation/foreign-token-error.ts';
import type { IssuerKeys } from '../federation/issuer-keys.ts';
import { verifyForeignToken } from '../federation/verify-foreign-token.ts';
import { type ClaimFinding, describeClaim, judgeClaims } from './claim-conditions.ts';
import { inTurns } from './in-turns.ts';
import { readTokenAddress, type TokenAddress } from './token-address.ts';
import type { WorkloadRule } from './workload-rule.ts';

/** How a token fares with one condition of a rule. */
export interface ConditionExplanation extends Pick<ClaimFinding, 'path' | 'outcome'> {
  /** Of which one would have to match. */
  readonly patterns: readonly string[];
  /** The claim of the token; undefined when it is missing. */
  readonly value: string | undefined;
}

/** How a token fares with one rule. */
export interface RuleExplanation {
  readonly rule: WorkloadRule;
  /** Whether the token gets in by it now. */
  readonly takes: boolean;
  /** What stands in the way besides conditions. */
  readonly obstacles: readonly ('disabled' | 'issuer' | 'audience')[];
  /** None for a rule of another issuer, whose claims mean something else. */
  readonly conditions: readonly ConditionExplanation[];
}

export interface TokenExplanation extends TokenAddress {
  readonly subject: string | undefined;
  /** Milliseconds since 1970; undefined when the token does not say it. */
  readonly expiresAt: number | undefined;
  /** What keeps the token from getting in by any rule. */
  readonly fault: ForeignTokenError | undefined;
  /** None for what is no token. */
  readonly rules: readonly RuleExplanation[];
}

/** Milliseconds since 1970: what a date can hold. */
const MAX_INSTANT = 8.64e15;

/** Tells why a token gets in or does not. It lets nobody in, and keeps and records nothing. */
export class TokenExplainer {
  readonly #issuerKeys: Pick<IssuerKeys, 'find'>;
  readonly #clock: Clock;

  constructor(dependencies: { readonly issuerKeys: Pick<IssuerKeys, 'find'>; readonly clock: Clock }) {
    this.#issuerKeys = dependencies.issuerKeys;
    this.#clock = dependencies.clock;
  }

  /** @param rules those that it is explained with, of one project: what others ask for is not theirs to know */
  async explain(token: string, rules: readonly WorkloadRule[]): Promise<TokenExplanation> {
    let claims: Readonly<Record<string, unknown>>;
    try {
      claims = decodeForeignToken(token).claims;
    } catch (fault) {
      if (!(fault instanceof ForeignTokenError)) throw fault;
      return { issuer: undefined, audience: undefined, subject: undefined, expiresAt: undefined, fault, rules: [] };
    }
    const address = readTokenAddress(claims);
    const fault = await this.#findFault(token, address, rules);
    const expiresAt = typeof claims['exp'] === 'number' ? claims['exp'] * 1000 : undefined;
    return {
      ...address,
      fault,
      subject: describeClaim(claims, 'sub'),
      expiresAt: expiresAt !== undefined && Math.abs(expiresAt) <= MAX_INSTANT ? expiresAt : undefined,
      rules: await inTurns(rules, (rule) => explainRule(rule, address, claims, fault === undefined)),
    };
  }

  async #findFault(token: string, { issuer, audience }: TokenAddress, rules: readonly WorkloadRule[]) {
    // As for a sign-in: nobody is connected to but whom an enabled rule names.
    if (issuer === undefined || !rules.some((rule) => !rule.isDisabled && rule.issuer === issuer)) {
      return new ForeignTokenError('untrusted-issuer', 'no enabled rule of the project trusts the issuer (iss)');
    }
    if (audience === undefined) return new ForeignTokenError('audience', 'it is not for one audience (aud) alone');
    try {
      const findKeys = (keyId: string | undefined) => this.#issuerKeys.find(issuer, keyId);
      await verifyForeignToken(token, { issuer, audience, now: this.#clock.now(), findKeys });
      return undefined;
    } catch (fault) {
      if (fault instanceof ForeignTokenError) return fault;
      throw fault;
    }
  }
}

function explainRule(
  rule: WorkloadRule,
  { issuer, audience }: TokenAddress,
  claims: Readonly<Record<string, unknown>>,
  isInOrder: boolean,
): RuleExplanation {
  const obstacles = [
    ...(rule.isDisabled ? (['disabled'] as const) : []),
    ...(rule.issuer === issuer ? [] : (['issuer'] as const)),
    ...(rule.audience === audience ? [] : (['audience'] as const)),
  ];
  const findings = rule.issuer === issuer ? judgeClaims(rule.conditions, claims) : [];
  const conditions = findings.map(({ path, outcome }) => ({
    ...{ path, outcome, patterns: rule.conditions[path] ?? [] },
    value: describeClaim(claims, path),
  }));
  const matches = findings.length > 0 && findings.every(({ outcome }) => outcome === 'matches');
  return { rule, takes: isInOrder && obstacles.length === 0 && matches, obstacles, conditions };
}
