import type { Target } from './fault-class.ts';
import { SeedClient } from './seed-client.ts';
import { basicAuthorization, SEEDED_ROBOT } from './seeded-accounts.ts';

/** A token that was given out before the attack: it lives for a minute. */
export interface EarlyToken {
  readonly name: string;
  readonly token: string;
}

/** Takes tokens that will be over when they are tried. Some are looked at once before: the server remembers those. */
export async function seedTokens(target: Omit<Target, 'earlyTokens' | 'hidden'>): Promise<readonly EarlyToken[]> {
  const client = new SeedClient(target);
  const { repository, publicRepository } = target.content;
  const take = async (name: string, authorization: string | undefined, from: string): Promise<EarlyToken> => {
    const scope = encodeURIComponent(`repository:${from}:pull`);
    const path = `/service/token?service=harbor-registry&scope=${scope}`;
    const { token } = await client.json<{ token: string }>('GET', path, { authorization });
    return { name, token };
  };
  const used = [
    await take('nobody', undefined, publicRepository),
    await take('an outsider', basicAuthorization(target.accounts.outsider), publicRepository),
    await take('a robot', basicAuthorization(SEEDED_ROBOT), publicRepository),
    await take('the administrator', target.authorization, repository),
  ];
  for (const { token } of used) await client.must('GET', '/v2/', { authorization: `Bearer ${token}` });
  return [...used, await take('the administrator that nobody used', target.authorization, repository)];
}
