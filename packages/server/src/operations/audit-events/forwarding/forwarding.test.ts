import { createServer, type Server } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../../test/in-process/test-database.ts';
import { createTestSecrets } from '../../../../test/in-process/test-envelope.ts';
import { createManualClock, type ManualClock } from '../../../../test/in-process/test-identity.ts';
import { createSelfSignedCertificate } from '../../../../test/support/create-self-signed-certificate.ts';
import { listenLocally } from '../../../../test/support/listen-locally.ts';
import { SyslogReceiver } from '../../../../test/support/syslog-receiver.ts';
import type { RunningJob } from '../../../jobs/job-handler.ts';
import { createJobs, type Jobs } from '../../../jobs/jobs.ts';
import { appendJournal } from '../../../journal/journal.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { createEgressGuard, type EgressAddress, type EgressGuard } from '../../../kernel/egress-guard.ts';
import { AuditForwarding } from './audit-forwarding.ts';
import { findNextForwarding } from './find-next-forwarding.ts';
import { createForwardHandler, FORWARD_AUDIT } from './forward-handler.ts';
import type { ForwardingTarget } from './forwarding-target.ts';

const NAME = 'receiver.example';
const CANARY = 'Canary-Bearer-9f3a';
const CERTIFICATE = createSelfSignedCertificate({
  name: NAME,
  notBefore: new Date(Date.now() - 86_400_000),
  notAfter: new Date(Date.now() + 86_400_000),
});
const LOOPBACK: EgressAddress = { address: '127.0.0.1', family: 4 };
const ACTOR: Actor = {
  principal: { kind: 'user', id: 1, name: 'admin', isAdministrator: true },
  requestId: 'request-1',
  address: '192.0.2.1',
  userAgent: 'test',
};
const NEVER = Number.MAX_SAFE_INTEGER;

describe.each(ENGINES)('the forwarding of the audit log on %s', (engine) => {
  let test: TestDatabase;
  let clock: ManualClock;
  let jobs: Jobs;
  let guard: EgressGuard;
  let errors: unknown[];
  let forwarding: AuditForwarding;
  let closing: (() => Promise<unknown>)[];

  beforeAll(async () => {
    test = await openTestDatabase(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.database.write(async (tx) => {
      for (const table of ['journal', 'jobs', 'audit_forwarding', 'row_changes'] as const)
        await tx.deleteFrom(table).execute();
    });
    clock = createManualClock();
    errors = [];
    closing = [];
    jobs = createJobs({ database: test.database, clock });
    guard = createEgressGuard({
      allow: ['127.0.0.1/32', NAME],
      resolve: async () => [LOOPBACK],
      certificateAuthorities: [CERTIFICATE.certPem],
    });
    closing.push(() => guard.close());
    forwarding = new AuditForwarding({ database: test.database, jobs, clock, secrets: secrets() });
  });
  afterEach(async () => {
    for (const close of closing.toReversed()) await close();
  });

  const secrets = () => createTestSecrets(Buffer.alloc(32, 7), 'main');

  async function openReceiver(tls?: typeof CERTIFICATE): Promise<SyslogReceiver> {
    const receiver = new SyslogReceiver(tls);
    await receiver.open();
    closing.push(() => receiver.close());
    return receiver;
  }

  const append = (resource: string, more = {}) =>
    test.database.write((tx) =>
      appendJournal(tx, { at: clock.now(), actor: ACTOR, kind: 'test.told', detail: { resource, ...more } }),
    );

  /** Runs the job once, under a lease of its own. */
  async function run(signal = new AbortController().signal): Promise<void> {
    const [{ id } = { id: 0 }] = await jobs.listJobs({ kind: FORWARD_AUDIT, isRecurring: true, page: 1, pageSize: 1 });
    const { lease_token: token } = await test.database.write((tx) =>
      tx
        .updateTable('jobs')
        .set((row) => ({ status: 'running', lease_token: row('lease_token', '+', 1), lease_until: NEVER }))
        .where('id', '=', id)
        .returning('lease_token')
        .executeTakeFirstOrThrow(),
    );
    const handler = createForwardHandler({
      database: test.database,
      clock,
      secrets: secrets(),
      guard,
      instanceId: 'main',
      hostname: 'registry.example',
      onError: (error) => errors.push(error),
    });
    const job: RunningJob = {
      id,
      kind: FORWARD_AUDIT,
      name: FORWARD_AUDIT,
      execution: undefined,
      parameters: {},
      attempt: 1,
      lastProgress: undefined,
      fence: { jobId: id, token },
      signal,
      confirm: async () => undefined,
      log: () => undefined,
      reportProgress: () => undefined,
    };
    await handler.run(job);
  }

  const syslog = (receiver: SyslogReceiver, tls = false): ForwardingTarget => ({
    kind: 'syslog',
    host: tls ? NAME : '127.0.0.1',
    port: receiver.port,
    tls,
    ...(tls ? { certificateAuthority: CERTIFICATE.certPem } : {}),
  });
  const told = (receiver: SyslogReceiver) => receiver.messages.map(({ fields }) => fields['resource']);

  it.each([false, true])(
    'sends each entry once and in order by syslog, and begins with its own (TLS: %s)',
    async (tls) => {
      const receiver = await openReceiver(tls ? CERTIFICATE : undefined);
      await append('before');
      await forwarding.set({ isEnabled: true, target: syslog(receiver, tls) }, ACTOR);
      const resources = Array.from({ length: 1_200 }, (_, index) => `entry ${index}`);
      for (const resource of resources) await append(resource);
      await run();
      const address = `syslog+${tls ? 'tls' : 'tcp'}://${tls ? NAME : '127.0.0.1'}:${receiver.port}`;
      expect(told(receiver)).toEqual([address, ...resources]);
      expect(receiver.faults).toEqual([]);
      expect(receiver.messages[1]).toMatchObject({
        priority: 110,
        hostname: 'registry.example',
        application: 'roadstead',
        processId: 'main',
        messageId: 'test.told',
        fields: { outcome: 'done', actor: 'user:1', address: '192.0.2.1', userAgent: 'test', requestId: 'request-1' },
        text: 'deleted user 1 test.told entry 0 done from 192.0.2.1',
      });
      await run();
      expect(receiver.messages).toHaveLength(1_201);
      expect(await forwarding.status()).toMatchObject({ failures: 0, lastError: null, succeededAt: clock.now() });
      expect((await forwarding.status())?.waitingSince).toBeUndefined();
      expect(errors).toEqual([]);
    },
  );

  it('sends a batch again to a receiver that has died in the middle of it: nothing is lost, and the order stays', async () => {
    const receiver = await openReceiver();
    await forwarding.set({ isEnabled: true, target: syslog(receiver) }, ACTOR);
    const resources = Array.from({ length: 900 }, (_, index) => `entry ${index}`);
    for (const resource of resources) await append(resource, { filler: 'x'.repeat(2_000) });
    for (const diesAfter of [0, 7, 450, 620]) {
      receiver.diesAfter = diesAfter;
      await run();
      clock.advance(300_000);
    }
    expect(await forwarding.status()).toMatchObject({ failures: expect.any(Number), lastError: expect.any(String) });
    receiver.diesAfter = Number.POSITIVE_INFINITY;
    await run();
    const firsts = [...new Set(told(receiver))];
    expect(firsts.slice(1)).toEqual(resources);
    expect(receiver.messages.length).toBeGreaterThan(901);
    expect(await forwarding.status()).toMatchObject({ failures: 0, lastError: null });
    expect(receiver.faults.filter((fault) => !String(fault).includes('ended within'))).toEqual([]);
  });

  it('says why it cannot, tries less and less often, and goes on by itself', async () => {
    const receiver = await openReceiver();
    const { port } = receiver;
    await receiver.close();
    await forwarding.set({ isEnabled: true, target: syslog(receiver) }, ACTOR);
    await append('waiting');
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await run();
      const { retryAt, lastError, failures, waitingSince } = (await forwarding.status()) ?? {};
      expect(failures).toBe(attempt + 1);
      expect(lastError).toBe(
        'the address cannot be reached from here: check it, or ask the operator whether connections to it are allowed',
      );
      expect(waitingSince).toBeDefined();
      pauses.push(((retryAt ?? 0) - clock.now()) / 1_000);
      expect(await findNextForwarding(test.database, jobs)).toBe(retryAt);
      await run();
      expect((await forwarding.status())?.failures).toBe(attempt + 1);
      clock.advance((retryAt ?? 0) - clock.now());
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(errors).toHaveLength(1);
    const again = new SyslogReceiver();
    await again.open(port);
    closing.push(() => again.close());
    await run();
    expect(told(again)).toEqual([`syslog+tcp://127.0.0.1:${port}`, 'waiting']);
  });

  it('goes nowhere that users may not connect to, and trusts no other certificate', async () => {
    const receiver = await openReceiver(CERTIFICATE);
    const stranger = createSelfSignedCertificate({
      name: NAME,
      notBefore: new Date(0),
      notAfter: new Date(NEVER / 2e3),
    });
    const targets: ForwardingTarget[] = [
      { ...syslog(receiver, true), host: '127.0.0.2' } as ForwardingTarget,
      { ...syslog(receiver, true), host: '169.254.169.254' } as ForwardingTarget,
      { ...syslog(receiver, true), host: 'other.example' } as ForwardingTarget,
      { ...syslog(receiver, true), certificateAuthority: stranger.certPem } as ForwardingTarget,
      { kind: 'syslog', host: NAME, port: receiver.port, tls: true },
      { kind: 'https', url: `https://other.example:${receiver.port}/` },
    ];
    for (const target of targets) {
      await forwarding.set({ isEnabled: true, target }, ACTOR);
      await run();
      expect((await forwarding.status())?.lastError, JSON.stringify(target)).toContain('cannot be reached');
    }
    expect(receiver.messages).toEqual([]);
  });

  describe('by HTTPS', () => {
    interface Post {
      readonly authorization: string | undefined;
      readonly key: string | undefined;
      readonly body: { readonly instance: string; readonly entries: readonly { readonly resource: string }[] };
    }
    let server: Server;
    let posts: Post[];
    let statuses: number[];
    let url: string;

    beforeEach(async () => {
      posts = [];
      statuses = [];
      server = createServer({ cert: CERTIFICATE.certPem, key: CERTIFICATE.keyPem }, (request, response) => {
        const pieces: Buffer[] = [];
        request.on('data', (piece: Buffer) => pieces.push(piece));
        request.on('end', () => {
          const { authorization, 'idempotency-key': key } = request.headers;
          posts.push({ authorization, key: String(key), body: JSON.parse(Buffer.concat(pieces).toString()) });
          const status = statuses.shift() ?? 204;
          response.writeHead(status, status === 307 ? { location: '/elsewhere' } : {}).end();
        });
      });
      url = `https://${NAME}:${await listenLocally(server)}/audit`;
      closing.push(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
    });

    it('posts batches with the secret, again until they are taken', async () => {
      await forwarding.set({ isEnabled: true, target: { kind: 'https', url }, bearerToken: CANARY }, ACTOR);
      for (let index = 0; index < 700; index += 1) await append(`entry ${index}`);
      statuses = [503, 307, 400];
      const messages: (string | null | undefined)[] = [];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await run();
        messages.push((await forwarding.status())?.lastError);
        clock.advance(300_000);
      }
      expect(messages).toEqual([
        'the receiver answered with status 503',
        expect.stringContaining('cannot be reached'),
        'the receiver answered with status 400',
      ]);
      await run();
      expect(posts.map(({ body }) => body.entries.length)).toEqual([500, 500, 500, 500, 201]);
      expect(new Set(posts.slice(0, 4).map(({ key }) => key)).size).toBe(1);
      expect(new Set(posts.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${CANARY}`]));
      expect(posts[0]?.body.instance).toBe('main');
      const resources = posts.slice(3).flatMap(({ body }) => body.entries.map(({ resource }) => resource));
      expect(resources.slice(1)).toEqual(Array.from({ length: 700 }, (_, index) => `entry ${index}`));
    });

    it('keeps the secret for that receiver only, and shows it nowhere', async () => {
      const target = { kind: 'https', url } as const;
      await forwarding.set({ isEnabled: true, target, bearerToken: CANARY }, ACTOR);
      await run();
      await forwarding.set({ isEnabled: true, target: { kind: 'https', url: `${url}/more` } }, ACTOR);
      await run();
      expect(posts.map(({ authorization }) => authorization)).toEqual([`Bearer ${CANARY}`, `Bearer ${CANARY}`]);
      const shown = [JSON.stringify(await forwarding.status())];
      for (const table of ['audit_forwarding', 'journal', 'jobs', 'row_changes'] as const) {
        shown.push(JSON.stringify(await test.database.reader.selectFrom(table).selectAll().execute()));
        const rows = await test.database.reader.selectFrom(table).selectAll().execute();
        shown.push(
          rows
            .flatMap((row) => Object.values(row))
            .map(String)
            .join(),
        );
      }
      shown.push(JSON.stringify(posts.map(({ body }) => body)), errors.map(String).join());
      for (const text of shown) {
        expect(text).not.toContain(CANARY);
        expect(text).not.toContain(Buffer.from(CANARY).toString('base64'));
        expect(text).not.toContain([...Buffer.from(CANARY)].join());
      }
      await forwarding.set({ isEnabled: true, target: { kind: 'https', url: 'https://127.0.0.1:1/' } }, ACTOR);
      expect(await forwarding.status()).toMatchObject({ hasSecret: false });
    });
  });

  it('moves nothing on when the settings have changed meanwhile, or its lease is over', async () => {
    const receiver = await openReceiver();
    await forwarding.set({ isEnabled: true, target: syslog(receiver) }, ACTOR);
    await append('told');
    const before = (await forwarding.status())?.lastId ?? 0;
    const { lookup } = guard;
    guard = {
      ...guard,
      lookup: async (host) => {
        await forwarding.set({ isEnabled: true, target: syslog(receiver) }, ACTOR);
        guard = { ...guard, lookup };
        return lookup(host);
      },
    };
    await run();
    expect((await forwarding.status())?.lastId).toBeGreaterThanOrEqual(before);
    await run();
    expect([...new Set(told(receiver))].filter((text) => text === 'told')).toHaveLength(1);
    await append('more');
    const controller = new AbortController();
    controller.abort(new Error('the worker shuts down'));
    const { lastId } = (await forwarding.status()) ?? { lastId: 0 };
    await expect(run(controller.signal)).rejects.toThrow('the worker shuts down');
    expect((await forwarding.status())?.lastId).toBe(lastId);
  });

  it('begins where it is told to, rests when it is switched off, and can be removed', async () => {
    const receiver = await openReceiver();
    const target = syslog(receiver);
    for (const resource of ['a', 'b']) await append(resource);
    await forwarding.set({ isEnabled: false, target, from: 'beginning' }, ACTOR);
    await run();
    expect(receiver.connections).toBe(0);
    expect(await findNextForwarding(test.database, jobs)).toBeUndefined();
    await forwarding.set({ isEnabled: true, target }, ACTOR);
    expect(await findNextForwarding(test.database, jobs)).toBeDefined();
    await run();
    const address = `syslog+tcp://127.0.0.1:${receiver.port}`;
    expect(told(receiver)).toEqual(['a', 'b', address, address]);
    // Ids before the first entry may still come where they are given before the commit: that is looked at once more.
    clock.advance(60_000);
    const nextAfterRun = async () => {
      await run();
      return findNextForwarding(test.database, jobs);
    };
    // Transactions of other tests on the same server have to end for that.
    await expect.poll(nextAfterRun, { timeout: 20_000 }).toBeUndefined();
    expect(await forwarding.remove(ACTOR)).toBe(true);
    expect(await forwarding.remove(ACTOR)).toBe(false);
    expect(await forwarding.status()).toBeUndefined();
    const rows = await test.database.reader.selectFrom('journal').selectAll().orderBy('id').execute();
    expect(rows.slice(2).map(({ kind, detail }) => [kind, JSON.parse(detail)])).toEqual([
      ['audit.forwarding-changed', { resource: address, outcome: 'done', enabled: false, hasSecret: false }],
      [
        'audit.forwarding-changed',
        {
          resource: address,
          outcome: 'done',
          enabled: true,
          hasSecret: false,
          targetBefore: address,
          enabledBefore: false,
          hasSecretBefore: false,
        },
      ],
      ['audit.forwarding-removed', { resource: address, outcome: 'done' }],
    ]);
  });
});
