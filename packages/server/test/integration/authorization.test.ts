import { parseChallenges } from '@roadstead/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type Answer, errorCode, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { sampleImage } from './support/sample-content.ts';

const WHO = [
  'nobody',
  'invalid token',
  'empty token',
  'pull token',
  'wrong password',
  'plain user',
  'administrator',
] as const;
type Who = (typeof WHO)[number];

const ACTIONS = ['pull', 'push', 'delete'] as const;
type Action = (typeof ACTIONS)[number];

/** What is answered: the status, and of a 401 what its challenge says. */
type Outcome = 'allowed' | 'sign in' | 'invalid token' | 'wrong scope' | 'wrong password' | 'denied';

type Row = Readonly<Record<Action, Outcome>>;

const all = (outcome: Outcome): Row => ({ pull: outcome, push: outcome, delete: outcome });

/** Design §6. `missing` is a project that does not exist: who may not know of projects is answered as for `private`. */
const TABLE: Readonly<Record<'private' | 'public' | 'missing', Readonly<Record<Who, Row>>>> = {
  private: {
    nobody: all('sign in'),
    'invalid token': all('invalid token'),
    'empty token': all('wrong scope'),
    'pull token': { pull: 'allowed', push: 'wrong scope', delete: 'wrong scope' },
    'wrong password': all('wrong password'),
    'plain user': all('denied'),
    administrator: all('allowed'),
  },
  public: {
    nobody: { pull: 'allowed', push: 'sign in', delete: 'sign in' },
    'invalid token': { pull: 'allowed', push: 'invalid token', delete: 'invalid token' },
    'empty token': { pull: 'allowed', push: 'wrong scope', delete: 'wrong scope' },
    'pull token': { pull: 'allowed', push: 'wrong scope', delete: 'wrong scope' },
    'wrong password': all('wrong password'),
    'plain user': { pull: 'allowed', push: 'denied', delete: 'denied' },
    administrator: all('allowed'),
  },
  missing: {
    nobody: all('sign in'),
    'invalid token': all('invalid token'),
    'empty token': all('wrong scope'),
    'pull token': all('wrong scope'),
    'wrong password': all('wrong password'),
    'plain user': all('denied'),
    administrator: all('denied'),
  },
};

const REPOSITORY = { private: 'closed/app', public: 'open/app', missing: 'ghost/app' } as const;
const ASKED: Readonly<Record<Action, string>> = { pull: 'pull', push: 'pull,push', delete: 'pull,delete' };

describe.each(ENGINES)('authorization on %s', (engine) => {
  let registry: OpenRegistry;
  let clients: Readonly<Record<Who, RegistryClient>>;
  const image = sampleImage();

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('closed');
    await registry.admin.createProject('open', true);
    const pulls = Object.values(REPOSITORY).map((repository) => `repository:${repository}:pull`);
    const anonymous = registry.anonymous;
    clients = {
      nobody: anonymous,
      'invalid token': anonymous.with({ authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }),
      'empty token': await registry.clientWithScopes(),
      'pull token': await registry.clientWithScopes(...pulls),
      'wrong password': anonymous,
      'plain user': await registry.createUser('plain'),
      administrator: registry.admin,
    };
  });
  afterAll(() => registry?.close());

  /** Makes sure that the content is there, for each case anew. */
  async function prepare(kind: keyof typeof REPOSITORY) {
    if (kind !== 'missing') await registry.admin.pushImage(REPOSITORY[kind], 'v1', image);
  }

  let strangers = 0;
  /** Each wrong password under a name of its own, since many under one are slowed down. */
  function clientFor(who: Who): RegistryClient {
    if (who !== 'wrong password') return clients[who];
    strangers += 1;
    return registry.clientOf({ username: `stranger-${strangers}`, password: 'wrong' });
  }

  function attempt(client: RegistryClient, repository: string, action: Action): Promise<Answer> {
    if (action === 'pull') return client.get(`/v2/${repository}/manifests/v1`);
    if (action === 'push') return client.post(`/v2/${repository}/blobs/uploads/`);
    return client.delete(`/v2/${repository}/manifests/v1`);
  }

  function expectOutcome(answer: Answer, outcome: Outcome, repository: string, action: Action) {
    if (outcome === 'allowed') {
      expect(answer.status).toBeLessThan(300);
      return;
    }
    const expected = {
      'sign in': [401, 'UNAUTHORIZED', undefined],
      'invalid token': [401, 'UNAUTHORIZED', 'invalid_token'],
      'wrong scope': [401, 'UNAUTHORIZED', 'insufficient_scope'],
      'wrong password': [401, 'UNAUTHORIZED', undefined],
      denied: [403, 'DENIED', undefined],
    }[outcome];
    const [challenge] = parseChallenges(answer.headers['www-authenticate'] ?? '');
    expect([answer.status, errorCode(answer), challenge?.parameters['error']]).toEqual(expected);
    if (outcome === 'wrong password') expect(answer.headers['www-authenticate']).toBe('Basic realm="harbor"');
    else if (answer.status === 401) {
      expect(challenge?.scheme.toLowerCase()).toBe('bearer');
      expect(challenge?.parameters['realm']).toBe(`${registry.url}/service/token`);
      expect(challenge?.parameters['service']).toBe('harbor-registry');
      expect(challenge?.parameters['scope']).toBe(`repository:${repository}:${ASKED[action]}`);
    } else expect(challenge).toBeUndefined();
  }

  for (const kind of ['private', 'public', 'missing'] as const) {
    it.each(WHO)(`of a ${kind} project is as the table says for: %s`, async (who) => {
      for (const action of ACTIONS) {
        await prepare(kind);
        const answer = await attempt(clientFor(who), REPOSITORY[kind], action);
        expectOutcome(answer, TABLE[kind][who][action], REPOSITORY[kind], action);
      }
    });
  }

  it('shows no difference between a private project and a missing one to who may see neither (invariant 13)', async () => {
    await prepare('private');
    for (const who of ['nobody', 'invalid token', 'empty token', 'plain user', 'wrong password'] as const) {
      for (const action of ACTIONS) {
        const [closed, ghost] = await Promise.all(
          [REPOSITORY.private, REPOSITORY.missing].map((repository) => attempt(clientFor(who), repository, action)),
        );
        const shown = (answer: Answer | undefined, repository: string) => {
          const { date, 'x-request-id': id, 'content-length': length, ...headers } = answer?.headers ?? {};
          return JSON.stringify([answer?.status, headers, answer?.text]).replaceAll(repository, 'REPOSITORY');
        };
        expect(shown(ghost, REPOSITORY.missing), `${who} ${action}`).toBe(shown(closed, REPOSITORY.private));
      }
    }
  });

  it('of the base path and of the catalog asks everybody to sign in', async () => {
    const status = async (who: Who, path: string) => (await clientFor(who).get(path)).status;
    for (const path of ['/v2/', '/v2/_catalog']) {
      for (const who of ['nobody', 'invalid token', 'wrong password'] as const)
        expect(await status(who, path)).toBe(401);
      for (const who of ['empty token', 'plain user', 'administrator'] as const)
        expect(await status(who, path)).toBe(200);
    }
    const answer = await clients.nobody.get('/v2/');
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="${registry.url}/service/token",service="harbor-registry"`,
    );
    expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
    expect((await clients.administrator.get('/v2/')).headers['content-type']).toBe('application/json');
  });

  it('with the right and nothing there is a 404 with the code of the specification', async () => {
    const cases = [
      ['/v2/closed/none/manifests/none', 'MANIFEST_UNKNOWN'],
      [`/v2/closed/none/blobs/${image.digest}`, 'BLOB_UNKNOWN'],
      ['/v2/closed/none/tags/list', 'NAME_UNKNOWN'],
      ['/v2/closed/none/blobs/uploads/3b9f2c1e-7f4f-4f0a-8b6e-0c8f6f1b2a3d', 'BLOB_UPLOAD_UNKNOWN'],
      ['/v2/open/none/manifests/none', 'MANIFEST_UNKNOWN'],
    ] as const;
    for (const [path, code] of cases) {
      const answer = await registry.admin.get(path);
      expect([answer.status, errorCode(answer)], path).toEqual([404, code]);
    }
  });

  it('of a token is never wider than what was asked, nor than what its user may', async () => {
    const narrow = await registry.clientWithScopes('repository:closed/other:pull,push');
    expect((await attempt(narrow, 'closed/app', 'pull')).status).toBe(401);
    const plainToken = await clients['plain user'].fetchToken('scope=repository:closed/app:pull,push,delete');
    const bearer = registry.anonymous.with({ authorization: `Bearer ${plainToken}` });
    for (const action of ACTIONS) expect((await attempt(bearer, 'closed/app', action)).status).toBe(401);
  });

  it('of a token that was tampered with, or whose user changed the password, is gone', async () => {
    const token = await registry.admin.fetchToken('scope=repository:closed/app:pull');
    const [head, , signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    claims.access = [{ type: 'repository', name: 'closed/app', actions: ['pull', 'push', 'delete'] }];
    const forged = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
    const answer = await registry.anonymous
      .with({ authorization: `Bearer ${forged}` })
      .get('/v2/closed/app/manifests/v1');
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    const reader = await registry.createUser('leaver');
    const own = registry.anonymous.with({
      authorization: `Bearer ${await reader.fetchToken('scope=repository:open/app:pull')}`,
    });
    expect((await own.get('/v2/')).status).toBe(200);
    if (engine !== ENGINES[0]) return;
    await registry.store.database.write((tx) =>
      tx.updateTable('users').set({ token_epoch: 2 }).where('username', '=', 'leaver').execute(),
    );
    await expect.poll(async () => (await own.get('/v2/')).status, { timeout: 5_000, interval: 200 }).toBe(401);
  });

  it('of wrong passwords is slowed down after ten tries of one name, and the name stays free elsewhere', async () => {
    const guess = (password: string) => registry.clientOf({ username: 'guessed', password }).get('/v2/');
    // Repeated it is no other guess.
    for (let index = 0; index < 20; index += 1) expect((await guess('wrong 0')).status).toBe(401);
    const answers: Answer[] = [];
    for (let index = 0; index < 11; index += 1) answers.push(await guess(`wrong ${index}`));
    expect(answers.map((answer) => answer.status)).toEqual([...Array(10).fill(401), 429]);
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await registry.admin.get('/v2/')).status).toBe(200);
  });

  it('of the token service gives an anonymous client the pull of what is public', async () => {
    const answer = await registry.anonymous.get(
      '/service/token?service=harbor-registry&scope=repository:open/app:pull,push',
    );
    const token = readJson<{ token: string }>(answer).token;
    await prepare('public');
    const bearer = registry.anonymous.with({ authorization: `Bearer ${token}` });
    expect((await attempt(bearer, 'open/app', 'pull')).status).toBe(200);
    expect((await attempt(bearer, 'open/app', 'push')).status).toBe(401);
  });
});
