import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ClientSession } from '../bench/client-session.ts';
import { type Bench, type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { createLoginCells } from '../bench/login-cells.ts';
import type { GoTool, HelmTool } from '../versions.ts';

interface HelmOptions {
  readonly version: string;
  readonly tool: HelmTool | GoTool;
  /** Helm 3.17 cannot log in over plain HTTP, so its suite writes the file that a login would. */
  readonly canLogIn: boolean;
}

type HelmCell = Cell<ClientSession>;

const noAccess = /unauthorized|denied|401|403|credential required/i;
const chartType = 'application/vnd.cncf.helm.config.v1+json';
const keyOwner = 'Ann Example';

/** Writes a chart that renders its own version. */
function writeChart(session: ClientSession, version: string, dependency = ''): string {
  const folder = session.home.path(`charts-${version}`, 'mychart');
  mkdirSync(path.join(folder, 'templates'), { recursive: true });
  const metadata = `apiVersion: v2\nname: mychart\nversion: ${version}\ndescription: A chart for the client matrix\n`;
  writeFileSync(path.join(folder, 'Chart.yaml'), metadata + dependency);
  writeFileSync(path.join(folder, 'values.yaml'), 'greeting: hello\n');
  const template = [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata: { name: greeting }',
    'data: { greeting: "{{ .Values.greeting }}", chart: "{{ .Chart.Version }}" }',
  ];
  writeFileSync(path.join(folder, 'templates', 'greeting.yaml'), `${template.join('\n')}\n`);
  return folder;
}

function chartReference(session: ClientSession, group: string): string {
  return `oci://${session.host}/${session.repository(group)}`;
}

/** Packages a version of the chart and pushes it; returns the archive. */
async function publish(session: ClientSession, version: string, target: string, sign: string[] = []): Promise<string> {
  const out = session.home.makeFolder(sign.length > 0 ? 'signed' : 'packages');
  await session.run(['package', writeChart(session, version), '-d', out, ...sign]);
  const archive = path.join(out, `mychart-${version}.tgz`);
  await session.run(['push', archive, target, '--plain-http']);
  return archive;
}

const loginCells: readonly HelmCell[] = [
  {
    operation: 'login',
    async run(session) {
      const { username, password } = session.registry.access;
      const args = ['registry', 'login', session.host, '-u', username, '--password-stdin', '--plain-http'];
      const { stdout, stderr } = await session.run(args, { input: password });
      assert.match(stdout + stderr, /Login Succeeded/);
    },
  },
];

const chartCells: readonly HelmCell[] = [
  {
    operation: 'refuse a wrong password',
    async run(session) {
      const file = session.writeFile('wrong/config.json', authFile(session, session.wrongLogin));
      const args = ['show', 'chart', `${chartReference(session, 'charts')}/mychart`, '--version', '0.1.0'];
      await session.refused([...args, '--plain-http', '--registry-config', file], noAccess);
    },
  },
  {
    operation: 'push a chart',
    async run(session) {
      const target = chartReference(session, 'charts');
      for (const version of ['0.1.0+build.5', '0.2.0']) await publish(session, version, target);
      // A tag cannot hold the plus sign of a build number, so helm writes an underscore for it.
      const repository = session.repository('charts/mychart');
      const manifest = await session.registry.getManifest(repository, '0.1.0_build.5');
      assert.equal(manifest.json.config?.mediaType, chartType);
      await session.registry.mustHaveParts(repository, manifest);
      await session.registry.mustBeShown(repository, '0.1.0_build.5', 'CHART');
      const shown = await session.registry.findArtifact(repository, '0.2.0');
      if (shown !== undefined) assert.equal(shown.extra_attrs?.['version'], '0.2.0');
    },
  },
  {
    operation: 'pull a chart',
    async run(session) {
      const out = session.home.makeFolder('pulled');
      const args = ['pull', `${chartReference(session, 'charts')}/mychart`, '--version', '0.1.0+build.5'];
      await session.run([...args, '--plain-http', '-d', out]);
      const name = 'mychart-0.1.0+build.5.tgz';
      const pushed = readFileSync(session.home.path('packages', name));
      const pulled = readdirSync(out).find((file) => file.endsWith('.tgz')) ?? '';
      assert.ok(readFileSync(path.join(out, pulled)).equals(pushed), 'the pulled chart is not the one pushed');
    },
  },
  {
    operation: 'show a chart',
    async run(session) {
      const args = ['show', 'all', `${chartReference(session, 'charts')}/mychart`, '--version', '0.2.0'];
      const { stdout } = await session.run([...args, '--plain-http']);
      assert.match(stdout, /version: 0\.2\.0/);
      assert.match(stdout, /greeting: hello/);
    },
  },
  {
    operation: 'render a chart',
    async run(session) {
      const args = ['template', 'x', `${chartReference(session, 'charts')}/mychart`, '--version', '0.2.0'];
      const { stdout } = await session.run([...args, '--plain-http', '--set', 'greeting=moin']);
      assert.match(stdout, /greeting: "moin", chart: "0\.2\.0"/);
    },
  },
  {
    operation: 'pick a chart version',
    async run(session) {
      const args = ['template', 'x', `${chartReference(session, 'charts')}/mychart`, '--plain-http', '--version'];
      assert.match((await session.run([...args, '>=0.1.0-0 <0.2.0'])).stdout, /chart: "0\.1\.0\+build\.5"/);
      assert.match((await session.run([...args, '>=0.1.0'])).stdout, /chart: "0\.2\.0"/);
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      const args = ['show', 'chart', `${chartReference(session, 'charts')}/mychart`, '--version', '7.7.7'];
      await session.refused([...args, '--plain-http'], /not found/i);
    },
  },
  {
    operation: 'depend on a chart',
    async run(session) {
      const repository = chartReference(session, 'charts');
      const dependency = `dependencies:\n  - { name: mychart, version: "~0.2.0", repository: "${repository}" }\n`;
      const folder = writeChart(session, '9.0.0', dependency.replaceAll('name: mychart', 'name: mychart, alias: sub'));
      await session.run(['dependency', 'update', folder, '--plain-http']);
      assert.deepEqual(readdirSync(path.join(folder, 'charts')), ['mychart-0.2.0.tgz']);
    },
  },
];

const otherLoginCells = createLoginCells<ClientSession>({
  logIn: (session, { username, password }, folder) => {
    const args = ['registry', 'login', session.host, '-u', username, '--password-stdin', '--plain-http'];
    return session.run([...args, '--registry-config', path.join(folder, 'config.json')], { input: password });
  },
  read: (session, folder) => {
    const args = ['show', 'chart', `${chartReference(session, 'charts')}/mychart`, '--version', '0.2.0'];
    return session.run([...args, '--plain-http', '--registry-config', path.join(folder, 'config.json')]);
  },
});

const signatureCells: readonly HelmCell[] = [
  {
    operation: 'push a signed chart',
    async run(session) {
      const sign = ['--sign', '--key', keyOwner, '--keyring', await makeSigningKey(session)];
      await publish(session, '0.3.0', chartReference(session, 'signed'), sign);
      const repository = session.repository('signed/mychart');
      const manifest = await session.registry.getManifest(repository, '0.3.0');
      const types = manifest.json.layers?.map((layer) => layer.mediaType) ?? [];
      assert.ok(types.includes('application/vnd.cncf.helm.chart.provenance.v1.prov'), types.join(', '));
      await session.registry.mustHaveParts(repository, manifest);
    },
  },
  {
    operation: 'verify a signed chart',
    async run(session) {
      const out = session.home.makeFolder('verified');
      const args = ['pull', `${chartReference(session, 'signed')}/mychart`, '--version', '0.3.0', '--plain-http'];
      const verify = ['--verify', '--keyring', session.home.path('public.gpg'), '-d', out];
      const { stdout, stderr } = await session.run([...args, ...verify]);
      assert.match(stdout + stderr, /Ann Example/);
      assert.ok(readdirSync(out).includes('mychart-0.3.0.tgz.prov'));
      const unsigned = ['pull', `${chartReference(session, 'charts')}/mychart`, '--version', '0.2.0', '--plain-http'];
      await session.refused([...unsigned, ...verify], /provenance|verif/i);
    },
  },
];

const accessCells: readonly HelmCell[] = [
  {
    operation: 'pull without login',
    async run(session) {
      const project = `oci://${session.host}/${session.publicRepository('charts')}`;
      await publish(session, '0.4.0', project);
      const args = ['show', 'chart', `${project}/mychart`, '--version', '0.4.0', '--plain-http'];
      const { stdout } = await session.run([...args, '--registry-config', nobody(session)]);
      assert.match(stdout, /version: 0\.4\.0/);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const archive = session.home.path('packages', 'mychart-0.2.0.tgz');
      const project = `oci://${session.host}/${session.publicRepository('intruder')}`;
      await session.refused(['push', archive, project, '--plain-http', '--registry-config', nobody(session)], noAccess);
      const stored = await session.registry.findManifest(session.publicRepository('intruder/mychart'), '0.2.0');
      assert.equal(stored, undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const args = ['show', 'chart', `${chartReference(session, 'charts')}/mychart`, '--version', '0.2.0'];
      await session.refused([...args, '--plain-http', '--registry-config', nobody(session)], noAccess);
    },
  },
  {
    operation: 'logout',
    async run(session) {
      await session.run(['registry', 'logout', session.host]);
      const args = ['show', 'chart', `${chartReference(session, 'charts')}/mychart`, '--version', '0.2.0'];
      await session.refused([...args, '--plain-http'], noAccess);
    },
  },
];

function authFile(session: ClientSession, login: { readonly username: string; readonly password: string }): string {
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return JSON.stringify({ auths: { [session.host]: { auth } } });
}

/** A registry configuration that nobody logged in with. */
function nobody(session: ClientSession): string {
  return session.writeFile('nobody/config.json', '{"auths":{}}');
}

/** Makes a signing key; returns the secret keyring, and leaves the public one as `public.gpg`. */
async function makeSigningKey(session: ClientSession): Promise<string> {
  const { home } = session;
  const gpgHome = home.makeFolder('gnupg');
  const gpg = ['--homedir', gpgHome, '--batch', '--yes', '--pinentry-mode', 'loopback', '--passphrase', ''];
  const secret = home.path('secret.gpg');
  await home.run('chmod', ['700', gpgHome]);
  try {
    await home.run('gpg', [...gpg, '--quick-generate-key', `${keyOwner} <ann@example.test>`, 'rsa2048', 'sign']);
    await home.run('gpg', [...gpg, '--output', secret, '--export-secret-keys']);
    await home.run('gpg', [...gpg, '--output', home.path('public.gpg'), '--export']);
  } finally {
    await home.attempt('gpgconf', ['--homedir', gpgHome, '--kill', 'all']);
  }
  return secret;
}

export function helmSuite({ version, tool, canLogIn }: HelmOptions): ClientSuite {
  return createSuite<ClientSession>({
    client: 'helm',
    version,
    tools: ['gpg', tool],
    async open(bench: Bench) {
      const session = new ClientSession(bench, tool, bench.makeHome(tool), await bench.toolbox.get(tool));
      if (!canLogIn) {
        const saved = authFile(session, session.registry.access);
        session.writeFile('home/.config/helm/registry/config.json', saved);
      }
      return session;
    },
    cells: [
      ...(canLogIn ? loginCells : []),
      ...chartCells,
      ...(canLogIn ? otherLoginCells : []),
      ...signatureCells,
      ...accessCells,
    ],
  });
}
