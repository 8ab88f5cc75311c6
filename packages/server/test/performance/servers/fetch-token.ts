/** Who asks for a token. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The `Authorization` header for a scope, as the challenge of `GET /v2/` asks for it: nothing, Basic, or a bearer token.
 * @param origin `http://127.0.0.1:PORT`
 * @throws Error when the registry wants credentials and there are none, or refuses them
 */
export async function fetchAuthorization(
  origin: string,
  credentials: Credentials | undefined,
  scope: string,
): Promise<Readonly<Record<string, string>>> {
  const ping = await fetch(`${origin}/v2/`);
  await ping.arrayBuffer();
  if (ping.status === 200) return {};
  if (ping.status !== 401) throw new Error(`${origin}/v2/ answered ${ping.status}: it is no registry`);
  const challenge = ping.headers.get('www-authenticate') ?? '';
  if (credentials === undefined) throw new Error(`${origin} wants credentials, and none were given (--peer-username)`);
  const basic = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  if (/^basic/i.test(challenge)) return { Authorization: basic };
  const parameters = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  const realm = new URL(parameters.get('realm') ?? '', origin);
  realm.searchParams.set('service', parameters.get('service') ?? '');
  realm.searchParams.set('scope', scope);
  const answer = await fetch(realm, { headers: { Authorization: basic } });
  if (answer.status !== 200) throw new Error(`the token end point of ${origin} answered ${answer.status}`);
  const { token, access_token: accessToken } = (await answer.json()) as { token?: string; access_token?: string };
  return { Authorization: `Bearer ${token ?? accessToken}` };
}
