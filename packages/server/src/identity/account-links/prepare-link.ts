import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { hashLinkToken, linkTokenPlaceOf } from './account-link.ts';

/** A link before it is written: nobody but the mail has its token. */
export interface PreparedLink {
  readonly id: string;
  readonly tokenHash: Buffer;
  /** Sealed. */
  readonly token: Buffer;
}

export async function prepareLink({
  ids,
  secrets,
}: {
  readonly ids: Pick<Ids, 'uuid' | 'secret'>;
  readonly secrets: Pick<Secrets, 'seal'>;
}): Promise<PreparedLink> {
  const id = ids.uuid();
  const token = ids.secret();
  const sealed = await secrets.seal(linkTokenPlaceOf(id), Buffer.from(token));
  return { id, tokenHash: hashLinkToken(token), token: sealed };
}
