import Type from 'typebox';
import type { Exchange } from '../../../http/exchange.ts';
import type { Proof } from '../../../identity/second-factors/owner-proofs.ts';
import { ProductError } from '../../../kernel/errors.ts';

const SomeText = Type.String({ maxLength: 1_024 });
const ProofFields = Type.Object({ password: Type.Optional(SomeText), code: Type.Optional(SomeText) });

export const ProofBody = ProofFields;
export type ProofBody = Type.Static<typeof ProofFields>;

/** Where a sign-in of late does as well: there need be no body. */
export const SomeProof = Type.Union([ProofFields, Type.Null()]);
export type SomeProof = ProofBody | null | undefined;

/** @throws ProductError VALIDATION when there is none */
export function readProof(body: ProofBody): Proof {
  const proof = readProofIfAny(body);
  if (proof !== undefined) return proof;
  throw new ProductError('VALIDATION', 'password or code is missing: either shows that it is you');
}

export function readProofIfAny(body: SomeProof): Proof | undefined {
  const { password, code } = body ?? {};
  if (code !== undefined) return { code };
  return password === undefined ? undefined : { password };
}

/** The session that a request is made in; undefined when it came with a password. */
export function sessionIdOf({ authentication }: Pick<Exchange, 'authentication'>): string | undefined {
  return authentication.kind === 'session' ? authentication.id : undefined;
}
