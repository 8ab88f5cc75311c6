import { OciError } from '@roadstead/oci';
import type { Exchange } from '../../http/exchange.ts';

const MAX_LENGTH = 512;

/** The `last` of a keyset-paged list. It need not exist, but it must be text that a name could be. */
export function readLast({ query }: Exchange): string | undefined {
  const last = query.get('last') ?? undefined;
  if (last === undefined || (last.length <= MAX_LENGTH && !last.includes('\0'))) return last;
  throw new OciError('PAGINATION_NUMBER_INVALID', 'The cursor `last` is the last name of the page before.');
}
