import type { Exchange } from './exchange.ts';

const SECURE_NAME = '__Host-sign-in';
const PLAIN_NAME = 'sign-in';
const MAX_AGE_SECONDS = 600;

/**
 * What binds a sign-in at a login provider to the browser that began it. Lax, since the provider sends the browser back from another
 * site. @returns undefined when there is none, or several
 */
export function readSignInCookie(exchange: Pick<Exchange, 'isSecure' | 'header'>): string | undefined {
  const wanted = exchange.isSecure ? SECURE_NAME : PLAIN_NAME;
  const values = (exchange.header('cookie') ?? '').split(';').flatMap((pair) => {
    const [name = '', ...rest] = pair.split('=');
    return name.trim() === wanted ? [rest.join('=').trim()] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}

export function renderSignInCookie({ isSecure }: Pick<Exchange, 'isSecure'>, secret: string): string {
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${secret === '' ? 0 : MAX_AGE_SECONDS}`;
  return isSecure ? `${SECURE_NAME}=${secret}; ${attributes}; Secure` : `${PLAIN_NAME}=${secret}; ${attributes}`;
}
