import { ProductError } from '../../kernel/errors.ts';
import { parseIssuerAddress } from '../federation/issuer-address.ts';
import { assertClaimConditions, type ClaimConditions } from './claim-conditions.ts';
import { findSharedIssuer, pinsOwner } from './shared-issuers.ts';
import type { WorkloadRuleSettings } from './workload-rule.ts';

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 100;
const MAX_ISSUER_LENGTH = 512;
const MAX_AUDIENCE_LENGTH = 512;
const MAX_CONDITIONS_BYTES = 32 * 1024;
/** What a pattern has to say of a claim: one letter is in almost every text. */
const SAYS_SOMETHING = /[\p{L}\p{N}]{3}/u;
/** Every token that gets as far as the conditions has them alike. */
const SAME_IN_ALL: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'iat', 'nbf']);

/**
 * @param plainHttpHosts hosts of issuers that may be reached without TLS
 * @throws ProductError BAD_REQUEST: a value is none, or the rule trusts too many
 */
export function assertGoodRule(rule: WorkloadRuleSettings, plainHttpHosts: readonly string[]): void {
  if (rule.name.length > MAX_NAME_LENGTH || !NAME.test(rule.name)) {
    const form = 'lower-case letters and digits, with single dots, dashes or underscores between them';
    throw badRequest(`name: 1 to ${MAX_NAME_LENGTH} characters: ${form}`);
  }
  if (rule.issuer.length > MAX_ISSUER_LENGTH) throw badRequest(`issuer: ${MAX_ISSUER_LENGTH} characters at most`);
  if (rule.audience === '' || rule.audience.length > MAX_AUDIENCE_LENGTH) {
    throw badRequest(`audience: 1 to ${MAX_AUDIENCE_LENGTH} characters`);
  }
  asBadRequest('issuer', () => parseIssuerAddress(rule.issuer, plainHttpHosts));
  asBadRequest('conditions', () => assertClaimConditions(rule.conditions));
  if (Buffer.byteLength(JSON.stringify(rule.conditions)) > MAX_CONDITIONS_BYTES) {
    throw badRequest(`conditions: ${MAX_CONDITIONS_BYTES} bytes at most`);
  }
  assertNarrow(rule.issuer, rule.conditions);
}

function assertNarrow(issuer: string, conditions: ClaimConditions): void {
  const narrowing = Object.entries(conditions).filter(
    ([claim, globs]) =>
      !SAME_IN_ALL.has(claim) && globs.every((glob) => SAYS_SOMETHING.test(glob) || !glob.includes('*')),
  );
  if (narrowing.length === 0) {
    throw badRequest(
      'conditions: they match every token of the issuer: give one claim besides iss and aud that each pattern says something of',
    );
  }
  const shared = findSharedIssuer(issuer);
  if (shared === undefined) return;
  if (narrowing.some(([claim, globs]) => globs.every((glob) => pinsOwner(shared, claim, glob)))) return;
  throw badRequest(
    `conditions: ${shared.host} signs for everybody who has an account there: name the owner without a star, as in ${shared.example}`,
  );
}

function asBadRequest(field: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`${field}: ${error.message}`);
    throw error;
  }
}

function badRequest(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
