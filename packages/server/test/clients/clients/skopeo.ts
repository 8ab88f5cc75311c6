import assert from 'node:assert/strict';
import { ClientSession, rangeRequest } from '../bench/client-session.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { mustHoldImage } from '../bench/must-hold-image.ts';
import type { Outcome } from '../bench/run-command.ts';

interface SkopeoOptions {
  readonly version: string;
  readonly program: string;
  /** Skopeo 1.9 neither recompresses nor signs in the form of sigstore, and starts a broken download over. */
  readonly isOld: boolean;
}

const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];

function copy(session: ClientSession, ...args: string[]): Promise<Outcome> {
  return session.home.run(session.program, ['--insecure-policy', 'copy', ...args]);
}

/** A copy where both ends take the credentials that the login saved. */
function copyPlain(session: ClientSession, ...args: string[]): Promise<Outcome> {
  return copy(session, ...plain.filter((flag) => needed(flag, args)), ...args);
}

/** The old skopeo refuses a TLS flag for an end that is no registry. */
function needed(flag: string, args: readonly string[]): boolean {
  const end = flag.startsWith('--src') ? args.at(-2) : args.at(-1);
  return end?.startsWith('docker://') ?? false;
}

const loginCells: readonly Cell<ClientSession>[] = [
  {
    operation: 'login',
    async run({ home, program, host, registry: { access } }) {
      const args = ['login', '--tls-verify=false', '-u', access.username, '--password-stdin', host];
      const { stdout } = await home.run(program, args, { input: access.password });
      assert.match(stdout, /Login Succeeded/);
    },
  },
  {
    operation: 'refuse a wrong password',
    async run({ home, program, host, registry: { access } }) {
      const args = ['login', '--tls-verify=false', '--authfile', home.path('wrong.json'), '-u', access.username];
      await home.refused(program, [...args, '-p', 'wrong', host], /invalid username\/password|unauthorized/i);
    },
  },
];

const transferCells: readonly Cell<ClientSession>[] = [
  {
    operation: 'push',
    async run(session) {
      const { registry, images } = session;
      await copyPlain(session, `oci:${images.amd64.layout}:v1`, `docker://${session.reference('app')}`);
      await registry.mustHaveImage(session.repository('app'), 'v1', images.amd64.root.digest);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      const pulled = session.home.path('pulled');
      await copyPlain(session, `docker://${session.reference('app')}`, `oci:${pulled}:v1`);
      mustHoldImage(pulled, session.images.amd64.root.digest);
    },
  },
  {
    operation: 'push an index',
    async run(session) {
      const { registry, images } = session;
      await copyPlain(session, '--all', `oci:${images.multi.layout}:v1`, `docker://${session.reference('multi')}`);
      await registry.mustHaveImage(session.repository('multi'), 'v1', images.multi.root.digest);
    },
  },
  {
    operation: 'pull an index',
    async run(session) {
      const { home, images } = session;
      const source = `docker://${session.reference('multi')}`;
      await copyPlain(session, '--all', source, `oci:${home.path('pulled-multi')}:v1`);
      mustHoldImage(home.path('pulled-multi'), images.multi.root.digest);
      const args = ['--override-arch', 'arm64', '--insecure-policy', 'copy', '--src-tls-verify=false'];
      await home.run(session.program, [...args, source, `oci:${home.path('pulled-arm64')}:v1`]);
      mustHoldImage(home.path('pulled-arm64'), images.arm64.root.digest);
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      const { registry, images } = session;
      await copyPlain(session, `docker://${session.reference('app')}`, `docker://${session.reference('copy')}`);
      await registry.mustHaveImage(session.repository('copy'), 'v1', images.amd64.root.digest);
    },
  },
  {
    operation: 'mirror a repository',
    async run(session) {
      const { home, program, host, registry, images } = session;
      const args = ['sync', '--all', ...plain, '--src', 'docker', '--dest', 'docker'];
      const source = `${host}/${session.repository('multi')}`;
      await home.run(program, ['--insecure-policy', ...args, source, `${host}/${session.repository('mirror')}`]);
      await registry.mustHaveImage(session.repository('mirror/multi'), 'v1', images.multi.root.digest);
    },
  },
  {
    operation: 'tag',
    async run(session) {
      const { registry, images } = session;
      await copyPlain(session, `docker://${session.reference('app')}`, `docker://${session.reference('app', 'v2')}`);
      await registry.mustHaveImage(session.repository('app'), 'v2', images.amd64.root.digest);
    },
  },
];

const readCells: readonly Cell<ClientSession>[] = [
  {
    operation: 'list tags',
    async run(session) {
      const repository = `docker://${session.host}/${session.repository('app')}`;
      const { stdout } = await session.home.run(session.program, ['list-tags', '--tls-verify=false', repository]);
      assert.deepEqual((JSON.parse(stdout) as { Tags: string[] }).Tags, ['v1', 'v2']);
    },
  },
  {
    operation: 'list many tags',
    async run(session) {
      const { repository, tags } = await session.registry.provideManyTags(session.images.amd64);
      const args = ['list-tags', '--tls-verify=false', `docker://${session.host}/${repository}`];
      const { stdout } = await session.run(args);
      assert.deepEqual((JSON.parse(stdout) as { Tags: string[] }).Tags, tags);
    },
  },
  {
    operation: 'inspect',
    async run(session) {
      const { images } = session;
      const args = ['inspect', '--tls-verify=false', `docker://${session.reference('app')}`];
      const { stdout } = await session.home.run(session.program, args);
      const seen = JSON.parse(stdout) as { Digest: string; Layers: string[]; RepoTags: string[] };
      assert.equal(seen.Digest, images.amd64.root.digest);
      assert.deepEqual(
        seen.Layers,
        images.amd64.layers.map((layer) => layer.digest),
      );
      assert.deepEqual(seen.RepoTags, ['v1', 'v2']);
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      const args = ['inspect', '--tls-verify=false', `docker://${session.reference('app', 'missing')}`];
      await session.refused(args, /manifest unknown|not found/i);
    },
  },
];

/** @param expected how it goes on after the cut, where it does not start over */
function resumeDownloadCell(expected?: RegExp): Cell<ClientSession> {
  return {
    operation: 'resume a download',
    async run(session) {
      const { registry, home } = session;
      const flags = ['--insecure-policy', 'copy', '--src-tls-verify=false', '--src-creds', registry.credentials];
      const target = `oci:${home.path('pulled-big')}:v1`;
      const resume = (host: string): Promise<void> =>
        session.runAgain([...flags, `docker://${host}/${session.repository('big')}:v1`, target]);
      await session.throughCut('download', resume, expected);
      mustHoldImage(home.path('pulled-big'), session.bigImage.root.digest);
    },
  };
}

const brokenTransferCells: readonly Cell<ClientSession>[] = [
  {
    operation: 'resume an upload',
    async run(session) {
      const { registry } = session;
      const flags = ['--insecure-policy', 'copy', '--dest-tls-verify=false', '--dest-creds', registry.credentials];
      await session.throughCut('upload', (host) =>
        session.runAgain([
          ...flags,
          `oci:${session.bigImage.layout}:v1`,
          `docker://${host}/${session.repository('big')}:v1`,
        ]),
      );
      await registry.mustHaveImage(session.repository('big'), 'v1', session.bigImage.root.digest);
    },
  },
];

const accessCells: readonly Cell<ClientSession>[] = [
  {
    operation: 'delete a manifest',
    async run(session) {
      const { home, registry, images } = session;
      const doomed = `docker://${session.reference('doomed')}`;
      await copyPlain(session, `oci:${images.amd64.layout}:v1`, doomed);
      await home.run(session.program, ['delete', '--tls-verify=false', doomed]);
      assert.equal(await registry.findManifest(session.repository('doomed'), 'v1'), undefined);
      assert.equal(await registry.findManifest(session.repository('doomed'), images.amd64.root.digest), undefined);
    },
  },
  {
    operation: 'pull without login',
    async run(session) {
      const { home, images } = session;
      await copyPlain(session, `oci:${images.amd64.layout}:v1`, `docker://${session.publicReference('app')}`);
      const flags = ['--src-no-creds', '--src-tls-verify=false'];
      await copy(session, ...flags, `docker://${session.publicReference('app')}`, `oci:${home.path('anonymous')}:v1`);
      mustHoldImage(home.path('anonymous'), images.amd64.root.digest);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const { home, program, registry, images } = session;
      const flags = ['--insecure-policy', 'copy', '--dest-no-creds', '--dest-tls-verify=false'];
      const args = [...flags, `oci:${images.amd64.layout}:v1`, `docker://${session.publicReference('intruder')}`];
      await home.refused(program, args, /unauthorized|denied|authentication required/i);
      assert.equal(await registry.findManifest(session.publicRepository('intruder'), 'v1'), undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const args = ['inspect', '--no-creds', '--tls-verify=false', `docker://${session.reference('app')}`];
      await session.home.refused(session.program, args, /unauthorized|denied|authentication required/i);
    },
  },
  {
    operation: 'logout',
    async run(session) {
      const { home, program, host } = session;
      await home.run(program, ['logout', host]);
      const args = ['inspect', '--tls-verify=false', `docker://${session.reference('app')}`];
      await home.refused(program, args, /unauthorized|denied|authentication required/i);
    },
  },
];

/** Signatures in the tag form, made and checked by the containers library itself. */
const signatureCells: readonly Cell<ClientSession>[] = [
  {
    operation: 'sign',
    async run(session) {
      const { home, registry, images } = session;
      session.writeFile('passphrase', 'secret\n');
      const passphrase = home.path('passphrase');
      for (const name of ['good', 'other']) {
        const prefix = ['--output-prefix', home.path(name), '--passphrase-file', passphrase];
        await session.run(['generate-sigstore-key', ...prefix]);
      }
      session.writeFile(
        'home/.config/containers/registries.d/attachments.yaml',
        `docker:\n  ${session.host}:\n    use-sigstore-attachments: true\n`,
      );
      const key = ['--sign-by-sigstore-private-key', home.path('good.private'), '--sign-passphrase-file', passphrase];
      await copyPlain(session, ...key, `oci:${images.amd64.layout}:v1`, `docker://${session.reference('signed')}`);
      const repository = session.repository('signed');
      const tag = `${images.amd64.root.digest.replace(':', '-')}.sig`;
      await registry.mustHaveParts(repository, await registry.getManifest(repository, tag));
    },
  },
  {
    operation: 'verify',
    async run(session) {
      await copyTrusted(session, 'good.pub', 'signed');
      mustHoldImage(session.home.path('trusted-signed'), session.images.amd64.root.digest);
    },
  },
  {
    operation: 'refuse a wrong key',
    async run(session) {
      await assert.rejects(copyTrusted(session, 'other.pub', 'signed'), /cryptographic signature verification failed/);
    },
  },
  {
    operation: 'refuse an unsigned image',
    async run(session) {
      await assert.rejects(copyTrusted(session, 'good.pub', 'app'), /signature was required, but no signature exists/);
    },
  },
];

/** Pulls an image under a policy that asks for a signature by a key. */
async function copyTrusted(session: ClientSession, key: string, name: string): Promise<void> {
  const { home } = session;
  const rule = { type: 'sigstoreSigned', keyPath: home.path(key), signedIdentity: { type: 'matchRepository' } };
  const policy = JSON.stringify({ default: [{ type: 'reject' }], transports: { docker: { [session.host]: [rule] } } });
  const flags = ['--policy', session.writeFile(`policy-${key}.json`, policy), 'copy', '--src-tls-verify=false'];
  const source = `docker://${session.reference(name)}`;
  // Checked on the way in; a layout has no place for them.
  await session.run([...flags, '--remove-signatures', source, `oci:${home.path(`trusted-${name}`)}:v1`]);
}

const recompressCell: Cell<ClientSession> = {
  operation: 'push a zstd layer',
  async run(session) {
    const { registry } = session;
    const flags = ['--dest-compress-format', 'zstd'];
    // An image that no other cell pushes there: a gzip layer that is known already would be mounted instead.
    await copyPlain(session, ...flags, `oci:${session.bigImage.layout}:v1`, `docker://${session.reference('zstd')}`);
    const manifest = await registry.getManifest(session.repository('zstd'), 'v1');
    assert.match(manifest.json.layers?.[0]?.mediaType ?? '', /tar\+zstd$/);
    await registry.mustHaveParts(session.repository('zstd'), manifest);
  },
};

export function skopeoSuite(options: SkopeoOptions): ClientSuite {
  return createSuite<ClientSession>({
    client: 'skopeo',
    version: options.version,
    tools: ['debian'],
    async open(bench) {
      const bin = await bench.toolbox.get('debian');
      const home = bench.makeHome(options.program);
      return new ClientSession(bench, options.program, home, `${bin}/${options.program}`);
    },
    cells: [
      ...loginCells,
      ...transferCells,
      ...(options.isOld ? [] : [recompressCell, ...signatureCells]),
      ...readCells,
      ...brokenTransferCells,
      resumeDownloadCell(options.isOld ? undefined : rangeRequest),
      ...accessCells,
    ],
  });
}
