import { createHmac } from 'node:crypto';

/**
 * What a page that uses a session has to show besides its cookie, to prove that it could read an answer of this server: derived
 * from the cookie's secret, so that every process knows it, it dies with the session, and it tells nothing of the cookie.
 */
export function csrfTokenOf(secret: string): string {
  return createHmac('sha256', secret).update('roadstead csrf token').digest('base64url');
}
