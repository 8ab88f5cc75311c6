import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { insertPlainUser, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import {
  GITHUB_CLAIMS,
  GITLAB_CLAIMS,
  KUBERNETES_CLAIMS,
  WORKLOAD_AUDIENCE,
} from '../../../test/in-process/workload-claims.ts';
import { accessOf, PULL_PUSH, WORKLOAD_SCOPE, WorkloadStage } from '../../../test/in-process/workload-stage.ts';
import type { ForeignIssuer } from '../../../test/support/foreign-issuer.ts';
import type { WorkloadRule } from '../../identity/workload/workload-rule.ts';
import type { RuleAccounts } from '../../projects/workload-rules/rule-accounts.ts';

const AUDIENCE = WORKLOAD_AUDIENCE;
const SCOPE = WORKLOAD_SCOPE;

describe.each(ENGINES)('tokens of workloads on %s', (engine) => {
  let scene: WorkloadStage;
  let issuer: ForeignIssuer;
  let test: TestIdentity;
  let accounts: RuleAccounts;

  beforeAll(async () => {
    scene = await WorkloadStage.open(engine);
    ({ issuer, test, accounts } = scene);
  }, 60_000);
  afterAll(() => scene.close());

  const create: WorkloadStage['create'] = (...rule) => scene.create(...rule);
  const claimsOf: WorkloadStage['claimsOf'] = (changes) => scene.claimsOf(changes);
  const sign: WorkloadStage['sign'] = (changes) => scene.sign(changes);
  const login: WorkloadStage['login'] = (...shown) => scene.login(...shown);
  const post: WorkloadStage['post'] = (form) => scene.post(form);
  const exchange: WorkloadStage['exchange'] = (...shown) => scene.exchange(...shown);
  type Answer = Awaited<ReturnType<typeof login>>;
  const messageOf = (answer: Answer): string => answer.json().errors[0].message;
  const principalOf = async (answer: Answer) => (await test.identity.tokens.verify(answer.json().token))?.principal;

  it.each([
    ['GitHub', GITHUB_CLAIMS],
    ['GitLab', GITLAB_CLAIMS],
    ['Kubernetes', KUBERNETES_CLAIMS],
  ])('of %s get what their rule gives, in each way of asking', async (_, claims) => {
    const { repository: _1, ref: _2, sub: _3, ...blank } = claimsOf();
    const token = await issuer.sign(claims === GITHUB_CLAIMS ? claimsOf() : { ...blank, ...claims });
    const answers = [
      await login(token),
      await post({ grant_type: 'password', username: 'oidc', password: token, scope: SCOPE }),
      await exchange(token),
    ];
    for (const answer of answers) {
      expect(accessOf(answer)).toEqual(['team/app:pull,push']);
      expect(await principalOf(answer)).toMatchObject({ kind: 'workload', issuer: issuer.issuer, subject: claims.sub });
    }
    expect(answers[2]?.json()).toMatchObject({
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'repository:team/app:pull,push',
    });
    expect((await login(token, '')).statusCode).toBe(200);
  });

  it('end with the token that they were given for', async () => {
    const now = test.clock.now() / 1000;
    const answer = await exchange(await sign({ exp: now + 7 }));
    expect(answer.json()).toMatchObject({ expires_in: 7 });
    expect(decodeJwt(answer.json().token).exp).toBe(now + 7);
    const long = await login(await sign({ exp: now + 20 * 3600 }));
    expect(long.json().expires_in).toBe(1800);
  });

  it('are told of in the audit log with rule, project, issuer and subject', async () => {
    const told: unknown[] = [];
    const { WorkloadCredentials } = await import('../../identity/workload/workload-credentials.ts');
    const { IssuerKeys } = await import('../../identity/federation/issuer-keys.ts');
    const { createLoginThrottle } = await import('../../identity/login-throttle.ts');
    const events = { failed: (entry: object) => told.push(entry), refused: () => told.push('refused') };
    const credentials = new WorkloadCredentials({
      rules: test.identity.workloadRules,
      issuerKeys: new IssuerKeys({ guard: scene.guard, clock: test.clock, plainHttpHosts: [] }),
      throttle: createLoginThrottle(test.clock),
      events,
      logins: { succeeded: (entry) => told.push(entry) },
      clock: test.clock,
    });
    await credentials.verify(await sign(), test.actor);
    const { id, projectId } = scene.rules.github;
    expect(told).toMatchObject([
      {
        account: { kind: 'workload', issuer: issuer.issuer, subject: GITHUB_CLAIMS.sub },
        detail: { rules: JSON.stringify([{ id, name: 'github', projectId }]) },
      },
    ]);
    const wrong = await sign({ ref: 'refs/heads/evil' });
    for (let index = 0; index < 10; index += 1) {
      await expect(credentials.verify(wrong, test.actor)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    }
    const refused = told.slice(1) as { readonly projectId: number; readonly detail: { readonly rules: string } }[];
    expect(refused[0]).toMatchObject({
      detail: { fault: 'no-rule', issuer: issuer.issuer, subject: GITHUB_CLAIMS.sub },
    });
    // Each project is told of its own rules.
    const elsewhere = refused.find((entry) => entry.projectId === scene.rules.elsewhere.projectId);
    const idsOf = (entry = elsewhere) =>
      (JSON.parse(entry?.detail.rules ?? '[]') as { id: number }[]).map(({ id }) => id);
    expect(idsOf()).toEqual([scene.rules.elsewhere.id]);
    expect(idsOf(refused[0])).not.toContain(scene.rules.elsewhere.id);
    expect(JSON.stringify(refused[0])).toContain('\\"ref\\":\\"differs\\"');
    await expect(credentials.verify(wrong, test.actor)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(told.at(-1)).toBe('refused');
    expect(await credentials.verify(await sign(), test.actor)).toBeDefined();
  });

  it('that are refused are told what is wrong with them, and no condition', async () => {
    const now = test.clock.now() / 1000;
    const cases: readonly (readonly [object, string])[] = [
      [{ exp: now - 1 }, 'the life of the token is over'],
      [
        { aud: 'https://other.example' },
        `for the audience "https://other.example"; ask its issuer for one for "${AUDIENCE}"`,
      ],
      [{ iss: 'https://nobody.example' }, 'no rule of this registry trusts the issuer "https://nobody.example"'],
      [{ repository: 'octo-org/evil' }, 'its claims match no rule'],
    ];
    for (const [changes, message] of cases) {
      const token = await sign(changes);
      const answer = await login(token);
      expect(answer.statusCode).toBe(401);
      expect(messageOf(answer)).toContain(message);
      const exchanged = await exchange(token);
      expect(exchanged.statusCode).toBe(400);
      expect(exchanged.json()).toMatchObject({ error: 'invalid_request' });
      for (const secret of ['octo-org/app', 'refs/tags', 'group/app', 'deployer']) {
        if (changes !== cases[3]?.[0] || secret !== 'octo-org/app') expect(messageOf(answer)).not.toContain(secret);
      }
    }
    // Audiences are for whom the issuer vouches.
    const { 0: head, 1: body } = (await sign({ aud: 'https://other.example' })).split('.');
    expect(messageOf(await login(`${head}.${body}.${'A'.repeat(86)}`))).not.toContain(AUDIENCE);
    expect(scene.stranger.asked).toEqual([]);
  });

  it('end when a rule is changed, disabled or deleted: here at once, elsewhere within two seconds', async () => {
    const another = test.createAnother(test.database);
    const acts: readonly ((rule: WorkloadRule) => Promise<unknown>)[] = [
      (rule) => change(rule, { conditions: { repository: ['octo-org/passing'], ref: ['refs/heads/main'] } }),
      (rule) => change(rule, { isDisabled: true }),
      (rule) => accounts.delete({ project: 'team', id: rule.id }, test.actor),
    ];
    const change = (rule: WorkloadRule, more: object) =>
      accounts.update({ ...rule, project: 'team', permissions: PULL_PUSH, actor: test.actor, ...more });
    for (const [index, act] of acts.entries()) {
      const rule = await create(`passing-${index}`, { repository: ['octo-org/passing'] });
      const answer = await login(await sign({ repository: 'octo-org/passing' }));
      const { token } = answer.json();
      expect(accessOf(answer)).toEqual(['team/app:pull,push']);
      expect(await another.tokens.verify(token)).toBeDefined();
      await act(rule);
      expect(await test.identity.tokens.verify(token)).toBeUndefined();
      test.clock.advance(2_000);
      expect(await another.tokens.verify(token)).toBeUndefined();
      if (index === 0) await accounts.delete({ project: 'team', id: rule.id }, test.actor);
    }
  });

  it('stay what they are when a rule of another project, which let them in too, is changed or deleted', async () => {
    const own = await create('busy', { repository: ['octo-org/busy'] });
    const foreign = await create('nosy', { repository_owner: ['octo-org'] }, { project: 'other' });
    const answer = await login(await sign({ repository: 'octo-org/busy' }), `${SCOPE} repository:other/app:pull`);
    expect(accessOf(answer)).toEqual(['team/app:pull,push', 'other/app:pull']);
    const { token } = answer.json();
    await accounts.delete({ project: 'other', id: foreign.id }, test.actor);
    test.clock.advance(2_000);
    const verified = await test.identity.tokens.verify(token);
    expect(verified?.principal).toMatchObject({ rules: [{ id: own.id }] });
    await accounts.delete({ project: 'team', id: own.id }, test.actor);
    expect(await test.identity.tokens.verify(token)).toBeUndefined();
  });

  it('fit into a header, whatever a project has made', async () => {
    const own = await create('own', { repository: ['octo-org/crowd'] });
    for (let index = 0; index < 30; index += 1) {
      await create(`crowd-${index}`, { repository: ['octo-org/crowd'] }, { project: 'other' });
    }
    const answer = await login(await sign({ repository: 'octo-org/crowd' }));
    expect(accessOf(answer)).toEqual(['team/app:pull,push']);
    const { rules } = (await principalOf(answer)) as { readonly rules: readonly { readonly id: number }[] };
    expect(rules).toHaveLength(11);
    expect(rules.map(({ id }) => id)).toContain(own.id);
    await accounts.delete({ project: 'team', id: own.id }, test.actor);
  });

  it('and rules that are made to take long keep nobody else waiting', async () => {
    const conditions = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((claim) => [
        claim,
        Array.from({ length: 64 }, (_, index) => `**${'/*'.repeat(15)}${claim}ccc${index}`),
      ]),
    );
    for (let index = 0; index < 60; index += 1) await create(`slow-${index}`, conditions, { project: 'other' });
    const value = Array.from({ length: 2 }, () => '/'.repeat(1_000));
    const token = await sign({ a: value, b: value, c: value, d: value, repository: 'x/y' });
    // How often somebody else could have had a turn. With nothing against it these took a minute and more, in one piece.
    let [turns, isOver] = [0, false];
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    expect((await login(token)).statusCode).toBe(401);
    const { rules } = await accounts.explain({ project: 'other', token }, test.actor.principal);
    isOver = true;
    expect(rules.filter(({ rule }) => rule.name.startsWith('slow-'))).toHaveLength(60);
    expect(turns).toBeGreaterThan(5);
  });

  describe('that are explained', () => {
    it('are taken or not by each rule of the project, which says what it misses and what the token has', async () => {
      const explained = await scene.explain(await sign({ ref: 'refs/heads/x', aud: [AUDIENCE], environment: 'y' }));
      const { issuer: by, audience, subject, expiresAt, fault, rules } = explained;
      expect([by, audience, subject, fault]).toEqual([issuer.issuer, AUDIENCE, GITHUB_CLAIMS.sub, undefined]);
      expect(expiresAt).toBe(test.clock.now() + 300_000);
      const named = new Map(rules.map((explanation) => [explanation.rule.name, explanation]));
      // Those of other projects are not told of.
      expect(named.has('elsewhere')).toBe(false);
      expect(named.get('github')).toMatchObject({
        ...{ takes: false, obstacles: [] },
        conditions: [
          { path: 'repository', outcome: 'matches', patterns: ['octo-org/app'], value: 'octo-org/app' },
          { path: 'ref', outcome: 'differs', patterns: ['refs/heads/main', 'refs/tags/v*'], value: 'refs/heads/x' },
        ],
      });
      expect(named.get('gitlab')?.conditions[0]).toMatchObject({ outcome: 'missing', value: undefined });
      expect(named.get('off')).toMatchObject({ takes: false, obstacles: ['disabled'] });
      const right = await scene.explain(await sign());
      expect(right.rules.flatMap(({ rule, takes }) => (takes ? [rule.name] : []))).toEqual(['github']);
    });

    it('are taken by no rule when they are not in order, and are explained all the same', async () => {
      const now = test.clock.now() / 1000;
      const [head, body] = (await sign()).split('.');
      const cases: readonly (readonly [string, string])[] = [
        [await sign({ exp: now - 1 }), 'expired'],
        [`${head}.${body}.${'A'.repeat(86)}`, 'signature'],
        [await sign({ aud: [AUDIENCE, 'x'] }), 'audience'],
        [await sign({ exp: 1e300 }), 'lifetime'],
      ];
      for (const [token, fault] of cases) {
        const explained = await scene.explain(token);
        expect(explained.fault).toMatchObject({ fault });
        const github = explained.rules.find(({ rule }) => rule.name === 'github');
        expect(github?.takes).toBe(false);
        expect(github?.conditions.map(({ outcome }) => outcome)).toEqual(['matches', 'matches']);
      }
      expect(await scene.explain('x')).toMatchObject({ fault: { fault: 'malformed' }, rules: [] });
    });

    it('of an issuer that no rule of the project trusts make nobody ask it', async () => {
      const explained = await scene.explain(
        await scene.stranger.sign(claimsOf({ iss: scene.stranger.issuer, sub: 'x'.repeat(5_000) })),
      );
      expect(explained.fault).toMatchObject({ fault: 'untrusted-issuer' });
      expect(explained.subject).toHaveLength(257);
      const github = explained.rules.find(({ rule }) => rule.name === 'github');
      expect(github).toMatchObject({ takes: false, obstacles: ['issuer'], conditions: [] });
      expect(scene.stranger.asked).toEqual([]);
    });

    it('are explained to who may see the rules', async () => {
      const principal = await insertPlainUser(test, 'dave');
      const asked = accounts.explain({ project: 'team', token: await sign() }, principal);
      await expect(asked).rejects.toMatchObject({ code: 'DENIED' });
    });
  });

  it.each([
    'repository:other/app:pull',
    'repository:team/app:delete',
    'repository:team:pull',
    'repository:team/../other/app:pull',
    'repository:missing/app:pull,push',
    'repository:*:*',
    'project:team:*',
    'registry:everything:*',
  ])('are not given %s', async (scope) => {
    expect(accessOf(await login(await sign(), scope))).toEqual([]);
  });

  it('are not refused because others were wrong, and keys that an issuer swaps end the old ones', async () => {
    const before = await sign();
    issuer.publish([await issuer.createKey('next', 'ES256')]);
    test.clock.advance(3_600_000);
    expect((await login(before)).statusCode).toBe(401);
    expect((await login(await sign())).statusCode).toBe(401);
    const next = await issuer.sign(claimsOf(), {}, 'next');
    expect(accessOf(await login(next))).toEqual(['team/app:pull,push']);
  });

  describe('rules', () => {
    it('are for who manages robots, and give no more than those have', async () => {
      const principal = await insertPlainUser(test, 'carol');
      const actor = { ...test.actor, principal };
      await expect(create('carols', { sub: ['ci'] }, { actor })).rejects.toMatchObject({ code: 'DENIED' });
      await expect(accounts.list('team', principal)).rejects.toMatchObject({ code: 'DENIED' });
      const { github, elsewhere } = scene.rules;
      await expect(accounts.delete({ project: 'team', id: github.id }, actor)).rejects.toMatchObject({
        code: 'DENIED',
      });
      await expect(accounts.get({ project: 'team', id: elsewhere.id }, test.actor.principal)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      const permissions = [
        { resource: 'robot', action: 'list' },
        { resource: 'robot', action: 'create' },
      ].map(({ resource, action }) => ({ resource, action }));
      const { robot } = await test.identity.robots.create({
        ...{
          name: 'maker',
          project: undefined,
          description: '',
          durationDays: 1,
          isDisabled: false,
          secret: undefined,
        },
        permissions: [{ scope: github.projectId, allow: ['robot:list', 'robot:create'], deny: [] }],
        actor: test.actor,
      });
      const maker = { ...test.actor, principal: { kind: 'robot', id: robot.id, name: 'maker' } as const };
      await expect(create('makers', { sub: ['ci'] }, { actor: maker })).rejects.toMatchObject({ code: 'DENIED' });
      expect(await create('makers', { sub: ['ci'] }, { actor: maker, permissions })).toBeDefined();
      const system = [{ resource: 'garbage-collection', action: 'create' }];
      await expect(create('wide', { sub: ['ci'] }, { permissions: system })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    });

    it('leave no user the name of workloads', async () => {
      const making = test.identity.accounts.create({ name: 'OIDC', password: 'Correct-Horse-8' }, test.actor);
      await expect(making).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    });
  });

  describe('a token exchange', () => {
    it.each<readonly [string, Record<string, string>, string]>([
      ['without a token', { subject_token: '' }, 'invalid_request'],
      [
        'of a type that is not known',
        { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
        'invalid_request',
      ],
      [
        'for another type',
        { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
        'invalid_request',
      ],
      ['for an actor', { actor_token: 'x' }, 'invalid_request'],
      ['for another audience', { audience: 'https://other.example' }, 'invalid_target'],
    ])('%s is answered as RFC 8693 says', async (_, more, error) => {
      const answer = await exchange(await issuer.sign(claimsOf(), {}, 'next'), more);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ error, error_description: expect.any(String) });
      expect(answer.headers['cache-control']).toBe('no-store');
    });
  });
});
