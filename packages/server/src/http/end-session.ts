import type { Exchange } from './exchange.ts';

/** What knows sessions, and how they end elsewhere. */
export interface SessionEnds {
  readonly sessions: { end(id: string): Promise<void> };
  readonly oidcSignIns: { endSessionUrl(providerId: string, origin: string): Promise<string | undefined> };
}

/**
 * Ends the session that a request was made in, if it was.
 * @returns where the browser goes to sign out of the login provider, too; undefined: nowhere
 */
export async function endSession(
  { authentication, origin }: Pick<Exchange, 'authentication' | 'origin'>,
  { sessions, oidcSignIns }: SessionEnds,
): Promise<string | undefined> {
  if (authentication.kind !== 'session') return undefined;
  await sessions.end(authentication.id);
  const { providerId } = authentication;
  return providerId === undefined ? undefined : oidcSignIns.endSessionUrl(providerId, origin);
}
