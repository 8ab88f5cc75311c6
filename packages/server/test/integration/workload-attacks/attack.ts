import type { AttackStage } from './attack-stage.ts';

/** A token that must not let anybody in. */
export interface WorkloadAttack {
  readonly name: string;
  readonly make: (stage: AttackStage) => Promise<string> | string;
  /** It is good for another project: it may come in, and must get nothing of this one. */
  readonly isRightElsewhere?: boolean;
}

/** Tokens of the trusted issuer, right but for some claims. */
export function withClaims(name: string, changes: (stage: AttackStage) => object): WorkloadAttack {
  return { name, make: (stage) => stage.sign(changes(stage)) };
}

/** Tokens of the trusted issuer, right but for the header. */
export function withHeader(name: string, header: (stage: AttackStage) => object, keyId = 'first'): WorkloadAttack {
  return { name, make: async (stage) => stage.issuer.sign(stage.claimsOf(), await header(stage), keyId) };
}

/** One for each value of a claim of a token that no other rule takes. */
export function withValues(claim: string, values: readonly unknown[], rest: object = {}): readonly WorkloadAttack[] {
  return values.map((value) => {
    const name = `${claim} ${(JSON.stringify(value) ?? 'missing').slice(0, 80)}`;
    return withClaims(name, () => ({ repository: 'x/y', sub: 'ci', ...rest, [claim]: value }));
  });
}
