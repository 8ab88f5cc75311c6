/** How a user proves who they are; undefined stands for an anonymous user. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** What docker calls an identity token: exchanged at the token service, never sent to the registry itself. */
  | { readonly kind: 'refresh-token'; readonly token: string };

/** The user name under which docker and its helpers keep a refresh token. */
export const REFRESH_TOKEN_USERNAME = '<token>';

export function createCredentials(username: string, secret: string): Credentials {
  return username === REFRESH_TOKEN_USERNAME
    ? { kind: 'refresh-token', token: secret }
    : { kind: 'password', username, password: secret };
}

export function formatBasic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
