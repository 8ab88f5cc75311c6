import { createHash, timingSafeEqual } from 'node:crypto';
import { ProductError } from '../kernel/errors.ts';
import type { Exchange } from './exchange.ts';

/** Harbor's name for it. Answers to requests in a session carry it, and requests that change something have to. */
export const CSRF_HEADER = 'x-harbor-csrf-token';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

type Asked = Pick<Exchange, 'method' | 'header' | 'host' | 'isSecure' | 'origin'>;

/**
 * Refuses what a page of somebody else made a browser send with its cookie. A request that changes something has to come from
 * a page of this server, and to carry what only such a page could read.
 * @param csrfToken the session's
 * @throws ProductError DENIED
 */
export function assertNotForged(exchange: Asked, csrfToken: string): void {
  if (SAFE_METHODS.has(exchange.method)) return;
  assertSameOrigin(exchange);
  if (isEqual(exchange.header(CSRF_HEADER) ?? '', csrfToken)) return;
  throw new ProductError(
    'DENIED',
    'a request in a session needs the header X-Harbor-CSRF-Token with the value that the last answer had there',
  );
}

/**
 * As `assertNotForged`, for a form of a page without scripts, which cannot set a header.
 * @param shown the value that the form had in a field
 * @throws ProductError DENIED
 */
export function assertFormNotForged(exchange: Asked, csrfToken: string, shown: string): void {
  assertSameOrigin(exchange);
  if (isEqual(shown, csrfToken)) return;
  throw new ProductError('DENIED', 'this form is not one that your session was given: open the page again');
}

/**
 * As far as the browser says where a request comes from, it has to be a page of this server, or the user. Programs say
 * nothing, and have no cookies that a page could use.
 * @throws ProductError DENIED
 */
export function assertSameOrigin(exchange: Asked): void {
  const site = exchange.header('sec-fetch-site');
  const origin = exchange.header('origin');
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (isForeign || (origin !== undefined && !isOwnOrigin(origin, exchange))) {
    throw new ProductError('DENIED', 'this request was made by a page of another site');
  }
}

/** A page that came without TLS is none of a server that was asked with it. */
function isOwnOrigin(text: string, { host, isSecure, origin }: Asked): boolean {
  const shown = URL.parse(text);
  if (shown === null || (shown.protocol !== 'https:' && (isSecure || shown.protocol !== 'http:'))) return false;
  // The origin's scheme, so that a port that this scheme implies is left out on both sides.
  const asked = URL.parse(`${shown.protocol}//${host ?? ''}`);
  return shown.host === asked?.host || shown.origin === origin;
}

function isEqual(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
