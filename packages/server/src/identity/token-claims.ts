import type { ResourceScope } from '@roadstead/oci';
import type { JWTPayload } from 'jose';
import type { WorkloadRuleReference } from '../kernel/principal.ts';

/** Whom a token speaks for, as it stands in the token: everything else about a user is read when the token is used. */
export type TokenSubject =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly id: number; readonly epoch: number }
  | MachineSubject;

/** Robots, access tokens with their owners' epoch, and workloads with the rules that let them in. */
export type MachineSubject =
  | { readonly kind: 'robot'; readonly id: number; readonly epoch: number }
  | { readonly kind: 'access-token'; readonly id: number; readonly userId: number; readonly epoch: number }
  | {
      readonly kind: 'workload';
      readonly issuer: string;
      readonly subject: string;
      readonly rules: readonly WorkloadRuleReference[];
    };

/** The claims of ours beside the registered ones. */
export interface TokenClaims {
  readonly subject: TokenSubject;
  readonly access: readonly ResourceScope[];
  /** Seconds since 1970. */
  readonly expiresAtSeconds: number;
}

/** The private claim that names the principal; `sub` is the name, for people and for clients. */
export const PRINCIPAL_CLAIM = 'principal';

/** @returns undefined when a claim is missing or not of the form that we write */
export function parseTokenClaims(payload: JWTPayload): TokenClaims | undefined {
  const subject = parseSubject(payload[PRINCIPAL_CLAIM]);
  const access = parseAccess(payload['access']);
  if (subject === undefined || access === undefined || payload.exp === undefined) return undefined;
  return { subject, access, expiresAtSeconds: payload.exp };
}

function parseSubject(claim: unknown): TokenSubject | undefined {
  if (!isRecord(claim)) return undefined;
  const { kind, id, userId, epoch } = claim;
  if (kind === 'anonymous') return { kind };
  if (kind === 'workload') return parseWorkload(claim);
  if (typeof id !== 'number' || typeof epoch !== 'number') return undefined;
  if (kind === 'user' || kind === 'robot') return { kind, id, epoch };
  return kind === 'access-token' && typeof userId === 'number' ? { kind, id, userId, epoch } : undefined;
}

function parseWorkload({ issuer, subject, rules }: Record<string, unknown>): TokenSubject | undefined {
  if (typeof issuer !== 'string' || typeof subject !== 'string' || !Array.isArray(rules)) return undefined;
  const references = rules.flatMap((rule) => {
    if (!isRecord(rule) || typeof rule['id'] !== 'number' || typeof rule['version'] !== 'number') return [];
    return [{ id: rule['id'], version: rule['version'] }];
  });
  const isWhole = rules.length > 0 && references.length === rules.length;
  return isWhole ? { kind: 'workload', issuer, subject, rules: references } : undefined;
}

function parseAccess(claim: unknown): readonly ResourceScope[] | undefined {
  if (!Array.isArray(claim)) return undefined;
  const scopes: ResourceScope[] = [];
  for (const entry of claim) {
    const scope = parseAccessEntry(entry);
    if (scope === undefined) return undefined;
    scopes.push(scope);
  }
  return scopes;
}

function parseAccessEntry(entry: unknown): ResourceScope | undefined {
  if (!isRecord(entry)) return undefined;
  const { type, name, actions } = entry;
  if (typeof type !== 'string' || typeof name !== 'string' || !Array.isArray(actions)) return undefined;
  return { type, name, actions: actions.filter((action) => typeof action === 'string') };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
