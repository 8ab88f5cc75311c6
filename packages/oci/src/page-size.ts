import { OciError } from './errors.ts';
import { quoteForMessage } from './quote-for-message.ts';

export interface PageSizeLimits {
  /** Entries of the largest page; who asks for more gets this many and a Link. */
  readonly max: number;
  /** Entries when the client does not say. */
  readonly default: number;
}

/**
 * Reads the query parameter `n` (distribution spec § Listing Tags). Zero is allowed and means an empty page.
 * @throws OciError PAGINATION_NUMBER_INVALID unless it is written in digits only.
 */
export function parsePageSize(text: string | null | undefined, limits: PageSizeLimits): number {
  if (text === null || text === undefined) return limits.default;
  if (!/^\d+$/.test(text)) {
    throw new OciError('PAGINATION_NUMBER_INVALID', `n=${quoteForMessage(text)} is not a number of entries.`);
  }
  return Math.min(Number(text), limits.max);
}
