import { OciError, quoteForMessage } from '@roadstead/oci';
import { parseInstant } from '../../content/tags/tag-as-of.ts';
import type { Exchange } from '../../http/exchange.ts';

/**
 * The time of `?as-of=`, an extension: tags as they stood then.
 * @returns milliseconds UTC; undefined when it is not asked for
 * @throws OciError UNSUPPORTED for what is no time
 */
export function readAsOf({ query }: Pick<Exchange, 'query'>): number | undefined {
  const text = query.get('as-of');
  if (text === null) return undefined;
  const at = parseInstant(text);
  if (at !== undefined) return at;
  throw new OciError(
    'UNSUPPORTED',
    `as-of=${quoteForMessage(text)} is no time as RFC 3339 writes it, as 2026-11-22T15:30:00Z.`,
    { status: 400 },
  );
}
