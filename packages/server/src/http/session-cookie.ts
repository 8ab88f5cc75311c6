import type { Exchange } from './exchange.ts';

/**
 * Names for a cookie that no other host and no page without TLS can set (`__Host-`, RFC 6265bis § 4.1.3), and for plain http,
 * where browsers refuse that prefix.
 */
const SECURE_NAME = '__Host-sid';
const PLAIN_NAME = 'sid';

type Asked = Pick<Exchange, 'isSecure' | 'header'>;

/** @returns undefined when there is none, or several, of which nobody can tell which one the browser got from here */
export function readSessionCookie(exchange: Asked): string | undefined {
  const wanted = exchange.isSecure ? SECURE_NAME : PLAIN_NAME;
  const values = (exchange.header('cookie') ?? '').split(';').flatMap((pair) => {
    const [name = '', ...rest] = pair.split('=');
    return name.trim() === wanted ? [rest.join('=').trim()] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}

/** Lasts until the browser ends: how long the session does is the server's to say. */
export function renderSessionCookie({ isSecure }: Pick<Exchange, 'isSecure'>, secret: string): string {
  const attributes = 'Path=/; HttpOnly; SameSite=Lax';
  return isSecure ? `${SECURE_NAME}=${secret}; ${attributes}; Secure` : `${PLAIN_NAME}=${secret}; ${attributes}`;
}

/** Makes the browser forget it. */
export function renderEndedSessionCookie(exchange: Pick<Exchange, 'isSecure'>): string {
  return `${renderSessionCookie(exchange, '')}; Max-Age=0`;
}
