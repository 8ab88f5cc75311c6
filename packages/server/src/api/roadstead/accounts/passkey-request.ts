import Type from 'typebox';
import type { Exchange } from '../../../http/exchange.ts';
import { findPasskeySite, type PasskeySite } from '../../../identity/passkeys/passkey-site.ts';
import { ProductError } from '../../../kernel/errors.ts';

const SomeText = (maxLength: number) => Type.String({ maxLength });
/** WebAuthn § 4: at most 1023 bytes, in base64url. */
const CredentialId = SomeText(1_364);
const ClientDataJson = SomeText(8_192);

/** What `PublicKeyCredential.toJSON()` gives after a signature; what else it has is not looked at. */
export const AssertionBody = Type.Object({
  id: CredentialId,
  rawId: CredentialId,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: ClientDataJson,
    authenticatorData: SomeText(4_096),
    signature: SomeText(4_096),
    userHandle: Type.Optional(SomeText(128)),
  }),
});

/** What `PublicKeyCredential.toJSON()` gives for a new key. */
export const AttestationBody = Type.Object({
  id: CredentialId,
  rawId: CredentialId,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: ClientDataJson,
    attestationObject: SomeText(49_152),
    transports: Type.Optional(Type.Array(SomeText(64), { maxItems: 32 })),
  }),
});

/** Some authenticators say with certificates who made them. */
export const MAX_PASSKEY_BODY_BYTES = 64 * 1024;

/** @throws ProductError PRECONDITION that says why passkeys do not work at the address of this registry */
export function requirePasskeySite({ externalOrigin }: Pick<Exchange, 'externalOrigin'>): PasskeySite {
  const found = findPasskeySite(externalOrigin);
  if ('site' in found) return found.site;
  throw new ProductError('PRECONDITION', `there are no passkeys here: ${found.problem}`);
}
