import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ClientSession, rangeRequest } from '../bench/client-session.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { createBigImage } from '../bench/image-fixture.ts';
import { mustHoldImage } from '../bench/must-hold-image.ts';

type RegctlCell = Cell<ClientSession>;

const sbomType = 'application/spdx+json';
const noAccess = /unauthorized|denied|401|403/i;
const chunkBytes = 1024 * 1024;

/** Tells regctl to speak plain HTTP, and to send larger blobs in chunks. */
async function describeHost(session: ClientSession, host: string, folder?: string): Promise<Record<string, string>> {
  const env = folder === undefined ? {} : { REGCTL_CONFIG: path.join(session.home.makeFolder(folder), 'config.json') };
  const chunks = ['--blob-chunk', String(chunkBytes), '--blob-max', String(2 * chunkBytes)];
  await session.run(['registry', 'set', host, '--tls', 'disabled', '--skip-check', ...chunks], { env });
  return env;
}

function login(session: ClientSession, host: string): Promise<unknown> {
  const { username, password } = session.registry.access;
  return session.run(['registry', 'login', host, '-u', username, '--pass-stdin'], { input: password });
}

const imageCells: readonly RegctlCell[] = [
  {
    operation: 'login',
    async run(session) {
      await describeHost(session, session.host);
      await login(session, session.host);
      const { stdout } = await session.run(['registry', 'whoami', session.host]);
      assert.equal(stdout.trim(), session.registry.access.username);
    },
  },
  {
    operation: 'refuse a wrong password',
    async run(session) {
      const env = await describeHost(session, session.host, 'wrong');
      const { username, password } = session.wrongLogin;
      const args = ['registry', 'login', session.host, '-u', username, '-p', password];
      await session.refused(args, noAccess, { env });
    },
  },
  {
    operation: 'push',
    async run(session) {
      const { registry, images } = session;
      await session.run(['image', 'copy', `ocidir://${images.amd64.layout}:v1`, session.reference('app')]);
      await registry.mustHaveImage(session.repository('app'), 'v1', images.amd64.root.digest);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      const pulled = session.home.path('pulled');
      await session.run(['image', 'copy', session.reference('app'), `ocidir://${pulled}:v1`]);
      mustHoldImage(pulled, session.images.amd64.root.digest);
    },
  },
  {
    operation: 'push an index',
    async run(session) {
      const { registry, images } = session;
      await session.run(['image', 'copy', `ocidir://${images.multi.layout}:v1`, session.reference('multi')]);
      await registry.mustHaveImage(session.repository('multi'), 'v1', images.multi.root.digest);
    },
  },
  {
    operation: 'pull an index',
    async run(session) {
      const { home, images } = session;
      await session.run(['image', 'copy', session.reference('multi'), `ocidir://${home.path('pulled-multi')}:v1`]);
      mustHoldImage(home.path('pulled-multi'), images.multi.root.digest);
      const { stdout } = await session.run(['image', 'digest', '-p', 'linux/arm64', session.reference('multi')]);
      assert.equal(stdout.trim(), images.arm64.root.digest);
    },
  },
  {
    operation: 'tag',
    async run(session) {
      await session.run(['image', 'copy', session.reference('app'), session.reference('app', 'v2')]);
      await session.registry.mustHaveImage(session.repository('app'), 'v2', session.images.amd64.root.digest);
    },
  },
  {
    operation: 'list tags',
    async run(session) {
      const { stdout } = await session.run(['tag', 'ls', `${session.host}/${session.repository('app')}`]);
      assert.deepEqual(stdout.trim().split('\n'), ['v1', 'v2']);
    },
  },
  {
    operation: 'list many tags',
    async run(session) {
      const { repository, tags } = await session.registry.provideManyTags(session.images.amd64);
      const { stdout } = await session.run(['tag', 'ls', `${session.host}/${repository}`]);
      assert.deepEqual(stdout.trim().split('\n'), tags);
    },
  },
  {
    operation: 'list repositories',
    async run(session) {
      const { stdout } = await session.run(['repo', 'ls', session.host]);
      const listed = stdout.trim().split('\n');
      for (const name of ['app', 'multi']) assert.ok(listed.includes(session.repository(name)), stdout);
    },
  },
  {
    operation: 'inspect',
    async run(session) {
      const { images } = session;
      const { stdout } = await session.run(['image', 'inspect', session.reference('app')]);
      assert.ok(stdout.includes(images.amd64.message.trim()), stdout);
      const file = await session.run(['image', 'get-file', session.reference('app'), 'message.txt']);
      assert.equal(file.stdout, images.amd64.message);
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      await session.refused(['manifest', 'get', session.reference('app', 'missing')], /not found/i);
    },
  },
];

const artifactCells: readonly RegctlCell[] = [
  {
    operation: 'push an artifact',
    async run(session) {
      const { registry } = session;
      const args = ['artifact', 'put', '--artifact-type', 'application/vnd.thing', session.reference('artifact')];
      await session.run(args, { input: 'some data\n' });
      const manifest = await registry.getManifest(session.repository('artifact'), 'v1');
      assert.equal(manifest.json.artifactType, 'application/vnd.thing');
      await registry.mustHaveParts(session.repository('artifact'), manifest);
    },
  },
  {
    operation: 'pull an artifact',
    async run(session) {
      const { stdout } = await session.run(['artifact', 'get', session.reference('artifact')]);
      assert.equal(stdout, 'some data\n');
    },
  },
  {
    operation: 'attach',
    async run(session) {
      const { registry, images } = session;
      const args = ['artifact', 'put', '--artifact-type', sbomType, '--subject', session.reference('app')];
      await session.run(args, { input: '{"spdxVersion":"SPDX-2.3"}' });
      await registry.mustHaveReferrer(session.repository('app'), images.amd64.root.digest, sbomType);
    },
  },
  {
    operation: 'discover',
    async run(session) {
      const { registry, images } = session;
      const args = ['artifact', 'list', '--filter-artifact-type', sbomType, '--format', '{{json .}}'];
      const { stdout } = await session.run([...args, session.reference('app')]);
      const expected = await registry.mustHaveReferrer(session.repository('app'), images.amd64.root.digest, sbomType);
      assert.ok(stdout.includes(expected.digest), stdout);
      const get = ['artifact', 'get', '--subject', session.reference('app'), '--filter-artifact-type', sbomType];
      assert.match((await session.run(get)).stdout, /SPDX-2\.3/);
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      const { registry, images } = session;
      await session.run(['image', 'copy', '--referrers', session.reference('app'), session.reference('copy')]);
      await registry.mustHaveImage(session.repository('copy'), 'v1', images.amd64.root.digest);
      await registry.mustHaveReferrer(session.repository('copy'), images.amd64.root.digest, sbomType);
    },
  },
  {
    operation: 'mirror a repository',
    async run(session) {
      const { host, registry, images } = session;
      const [from, to] = [session.repository('app'), session.repository('mirror')];
      await session.run(['repo', 'copy', `${host}/${from}`, `${host}/${to}`]);
      for (const tag of ['v1', 'v2']) await registry.mustHaveImage(to, tag, images.amd64.root.digest);
    },
  },
  {
    operation: 'change an image in place',
    async run(session) {
      const { registry } = session;
      const changed = session.reference('app', 'changed');
      const label = ['--label', 'example.roadstead.changed=yes'];
      await session.run(['image', 'mod', session.reference('app'), '--create', changed, ...label]);
      const manifest = await registry.getManifest(session.repository('app'), 'changed');
      await registry.mustHaveParts(session.repository('app'), manifest);
      assert.match((await session.run(['image', 'inspect', changed])).stdout, /example\.roadstead\.changed/);
    },
  },
];

const transferCells: readonly RegctlCell[] = [
  {
    operation: 'upload in chunks',
    async run(session) {
      const { layout, layers } = createBigImage(session.home.path('chunked'));
      const digest = layers[0]?.digest ?? '';
      const input = readFileSync(path.join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length)));
      const repository = session.repository('chunks');
      const { stdout } = await session.run(['blob', 'put', `${session.host}/${repository}`], { input });
      assert.equal(stdout.trim(), digest);
      await session.registry.mustHaveBlob(repository, digest);
    },
  },
  {
    operation: 'resume an upload',
    async run(session) {
      const { layout, root } = session.bigImage;
      const repository = session.repository('big');
      const copy = async (host: string): Promise<void> => {
        await describeHost(session, host);
        await login(session, host);
        await session.run(['image', 'copy', `ocidir://${layout}:v1`, `${host}/${repository}:v1`]);
      };
      await session.throughCut('upload', copy, /^Content-Range: [1-9]/im);
      await session.registry.mustHaveImage(repository, 'v1', root.digest);
    },
  },
  {
    operation: 'resume a download',
    async run(session) {
      const { home } = session;
      const repository = session.repository('provided');
      await session.registry.pushLayout(session.bigImage.layout, session.bigImage.root, repository, 'v1');
      const target = `ocidir://${home.path('pulled-big')}:v1`;
      const copy = async (host: string): Promise<void> => {
        await describeHost(session, host);
        await login(session, host);
        await session.run(['image', 'copy', `${host}/${repository}:v1`, target]);
      };
      await session.throughCut('download', copy, rangeRequest);
      mustHoldImage(home.path('pulled-big'), session.bigImage.root.digest);
    },
  },
];

const deleteCells: readonly RegctlCell[] = [
  {
    operation: 'delete a tag',
    async run(session) {
      const { registry, images } = session;
      await session.run(['tag', 'delete', session.reference('app', 'v2')]);
      assert.equal(await registry.findManifest(session.repository('app'), 'v2'), undefined);
      await registry.mustHaveImage(session.repository('app'), 'v1', images.amd64.root.digest);
    },
  },
  {
    operation: 'delete a manifest',
    async run(session) {
      const { registry, images } = session;
      await session.run(['image', 'copy', `ocidir://${images.amd64.layout}:v1`, session.reference('doomed')]);
      await session.run(['manifest', 'delete', session.pinned('doomed', images.amd64.root.digest)]);
      assert.equal(await registry.findManifest(session.repository('doomed'), 'v1'), undefined);
    },
  },
];

const accessCells: readonly RegctlCell[] = [
  {
    operation: 'pull without login',
    async run(session) {
      const { home, images } = session;
      await session.run(['image', 'copy', `ocidir://${images.amd64.layout}:v1`, session.publicReference('app')]);
      const env = await describeHost(session, session.host, 'nobody');
      const target = `ocidir://${home.path('anonymous')}:v1`;
      await session.run(['image', 'copy', session.publicReference('app'), target], { env });
      mustHoldImage(home.path('anonymous'), images.amd64.root.digest);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const { registry, images } = session;
      const env = await describeHost(session, session.host, 'nobody');
      const args = ['image', 'copy', `ocidir://${images.amd64.layout}:v1`, session.publicReference('intruder')];
      await session.refused(args, noAccess, { env });
      assert.equal(await registry.findManifest(session.publicRepository('intruder'), 'v1'), undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const env = await describeHost(session, session.host, 'nobody');
      await session.refused(['manifest', 'get', session.reference('app')], noAccess, { env });
    },
  },
  {
    operation: 'logout',
    async run(session) {
      await session.run(['registry', 'logout', session.host]);
      await session.refused(['manifest', 'get', session.reference('app')], noAccess);
    },
  },
];

export function regctlSuite(version: string): ClientSuite {
  return createSuite<ClientSession>({
    client: 'regctl',
    version,
    tools: ['regctl'],
    async open(bench) {
      return new ClientSession(bench, 'regctl', bench.makeHome('regctl'), await bench.toolbox.get('regctl'));
    },
    cells: [...imageCells, ...artifactCells, ...transferCells, ...deleteCells, ...accessCells],
  });
}
