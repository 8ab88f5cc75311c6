import assert from 'node:assert/strict';
import { ClientSession } from '../bench/client-session.ts';
import { type Bench, type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';

type NotationCell = Cell<ClientSession>;

const signatureType = 'application/vnd.cncf.notary.signature';
const noAccess = /unauthorized|denied|401|403|credential required/i;
const plain = '--insecure-registry';
const signer = 'ann.example.test';

function image(session: ClientSession, name: string): string {
  return session.pinned(name, session.images.amd64.root.digest);
}

function trustPolicy(trustedStore: string): string {
  const policy = {
    name: 'everything',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: [`ca:${trustedStore}`],
    trustedIdentities: ['*'],
  };
  return JSON.stringify({ version: '1.0', trustPolicies: [policy] });
}

async function mustBeSigned(session: ClientSession, name: string, envelope: string): Promise<void> {
  const { registry, images } = session;
  const repository = session.repository(name);
  const referrer = await registry.mustHaveReferrer(repository, images.amd64.root.digest, signatureType);
  const manifest = await registry.getManifest(repository, referrer.digest);
  assert.equal(manifest.json.layers?.[0]?.mediaType, envelope);
  await registry.mustHaveParts(repository, manifest);
}

const cells: readonly NotationCell[] = [
  {
    operation: 'login',
    async run(session) {
      const { stdout } = await session.run(['login', plain, session.host]);
      assert.match(stdout, /Login Succeeded/);
    },
  },
  {
    operation: 'refuse a wrong password',
    async run(session) {
      const { username, password } = session.wrongLogin;
      const env = {
        NOTATION_USERNAME: username,
        NOTATION_PASSWORD: password,
        DOCKER_CONFIG: session.home.makeFolder('nobody'),
      };
      await session.refused(['list', plain, image(session, 'app')], noAccess, { env });
    },
  },
  {
    operation: 'refuse an unsigned image',
    async run(session) {
      await session.refused(['verify', plain, image(session, 'unsigned')], /no signature is associated/i);
    },
  },
  {
    operation: 'sign',
    async run(session) {
      const { registry, images } = session;
      await session.run(['sign', plain, '--key', signer, image(session, 'app')]);
      // The default stores the list of signatures under a tag, for registries without a referrers API.
      const repository = session.repository('app');
      const list = await registry.getManifest(repository, images.amd64.root.digest.replace(':', '-'));
      assert.equal(list.json.manifests?.[0]?.artifactType, signatureType);
      await registry.mustHaveParts(repository, list);
    },
  },
  {
    operation: 'verify',
    async run(session) {
      const { stdout } = await session.run(['verify', plain, image(session, 'app')]);
      assert.match(stdout, /Successfully verified/);
    },
  },
  {
    operation: 'refuse a wrong key',
    async run(session) {
      const policy = session.writeFile('other-policy.json', trustPolicy('other.example.test'));
      const own = session.writeFile('own-policy.json', trustPolicy(signer));
      await session.run(['policy', 'import', '--force', policy]);
      await session.refused(['verify', plain, image(session, 'app')], /signature verification failed/i);
      await session.run(['policy', 'import', '--force', own]);
    },
  },
  {
    operation: 'sign as a referrer',
    async run(session) {
      const args = ['sign', plain, '--key', signer, '--force-referrers-tag=false', '--signature-format', 'cose'];
      await session.run([...args, image(session, 'referred')]);
      await mustBeSigned(session, 'referred', 'application/cose');
      const { registry, images } = session;
      const repository = session.repository('referred');
      await registry.mustBeShown(repository, images.amd64.root.digest, 'IMAGE', 'signature.notation');
    },
  },
  {
    operation: 'verify a referrer',
    async run(session) {
      const { stdout } = await session.run(['verify', plain, image(session, 'referred')]);
      assert.match(stdout, /Successfully verified/);
    },
  },
  {
    operation: 'sign an index',
    async run(session) {
      const { registry, images } = session;
      const index = session.pinned('multi', images.multi.root.digest);
      await session.run(['sign', plain, '--key', signer, '--force-referrers-tag=false', index]);
      await registry.mustHaveReferrer(session.repository('multi'), images.multi.root.digest, signatureType);
      assert.match((await session.run(['verify', plain, index])).stdout, /Successfully verified/);
    },
  },
  {
    operation: 'list signatures',
    async run(session) {
      const { stdout } = await session.run(['list', plain, image(session, 'referred')]);
      assert.match(stdout, /application\/vnd\.cncf\.notary\.signature/);
      const inspected = await session.run(['inspect', plain, image(session, 'referred')]);
      assert.match(inspected.stdout, /application\/cose/);
    },
  },
  {
    operation: 'pull without login',
    async run(session) {
      const { host, images } = session;
      const signed = `${host}/${session.publicRepository('app')}@${images.amd64.root.digest}`;
      await session.run(['sign', plain, '--key', signer, '--force-referrers-tag=false', signed]);
      const { stdout } = await session.run(['verify', plain, signed], { env: nobody(session) });
      assert.match(stdout, /Successfully verified/);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const { host, registry, images } = session;
      const target = `${host}/${session.publicRepository('unsigned')}@${images.amd64.root.digest}`;
      await session.refused(['sign', plain, '--key', signer, target], noAccess, { env: nobody(session) });
      assert.deepEqual(await registry.listTags(session.publicRepository('unsigned')), ['v1']);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      await session.refused(['list', plain, image(session, 'app')], noAccess, { env: nobody(session) });
    },
  },
];

function nobody(session: ClientSession): Record<string, string> {
  return { NOTATION_USERNAME: '', NOTATION_PASSWORD: '', DOCKER_CONFIG: session.home.makeFolder('nobody') };
}

async function openSession(bench: Bench): Promise<ClientSession> {
  const { username, password } = bench.registry.access;
  const env = { NOTATION_USERNAME: username, NOTATION_PASSWORD: password };
  const home = bench.makeHome('notation', { env });
  const session = new ClientSession(bench, 'notation', home, await bench.toolbox.get('notation'));
  // Without a key ring of the desktop, notation saves no password: it takes the one that docker has saved.
  const auth = Buffer.from(session.registry.credentials).toString('base64');
  session.writeFile('home/.docker/config.json', JSON.stringify({ auths: { [session.host]: { auth } } }));
  for (const name of [signer, 'other.example.test']) await session.run(['certificate', 'generate-test', name]);
  await session.run(['policy', 'import', session.writeFile('policy.json', trustPolicy(signer))]);
  const { registry, images } = session;
  const { layout, root } = images.amd64;
  for (const name of ['app', 'unsigned', 'referred']) {
    await registry.pushLayout(layout, root, session.repository(name), 'v1');
  }
  for (const name of ['app', 'unsigned']) {
    await registry.pushLayout(layout, root, session.publicRepository(name), 'v1');
  }
  await registry.pushLayout(images.multi.layout, images.multi.root, session.repository('multi'), 'v1');
  return session;
}

export function notationSuite(version: string): ClientSuite {
  return createSuite<ClientSession>({
    client: 'notation',
    version,
    tools: ['notation'],
    open: openSession,
    cells,
  });
}
