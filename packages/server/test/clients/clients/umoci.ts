import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ClientSession } from '../bench/client-session.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';

/** Umoci makes and unpacks images in a layout; skopeo carries them to the registry and back. */
class UmociSession extends ClientSession {
  carry(flag: string, from: string, to: string): ReturnType<ClientSession['run']> {
    const args = ['--insecure-policy', 'copy', '--authfile', this.home.path('auth.json'), flag, from, to];
    return this.home.run(this.program.replace(/umoci$/, 'skopeo'), args);
  }
}

const cells: readonly Cell<UmociSession>[] = [
  {
    operation: 'build and push',
    async run(session) {
      const { home, registry } = session;
      const image = ['--image', `${home.path('layout')}:v1`];
      await session.run(['init', '--layout', home.path('layout')]);
      await session.run(['new', ...image]);
      await session.run(['unpack', ...image, home.path('bundle')]);
      session.writeFile('bundle/rootfs/data.txt', 'some data\n');
      await session.run(['repack', ...image, home.path('bundle')]);
      await session.run(['config', ...image, '--config.cmd', '/data.txt']);
      await session.carry('--dest-tls-verify=false', `oci:${home.path('layout')}:v1`, target(session));
      const manifest = await registry.getManifest(session.repository('app'), 'v1');
      assert.equal(manifest.json.mediaType, undefined, 'the manifest should name no media type');
      assert.equal(manifest.mediaType, 'application/vnd.oci.image.manifest.v1+json');
      await registry.mustHaveParts(session.repository('app'), manifest);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      const { home } = session;
      await session.carry('--src-tls-verify=false', target(session), `oci:${home.path('pulled')}:v1`);
      await session.run(['unpack', '--image', `${home.path('pulled')}:v1`, home.path('unpacked')]);
      assert.equal(readFileSync(home.path('unpacked/rootfs/data.txt'), 'utf8'), 'some data\n');
    },
  },
];

function target(session: ClientSession): string {
  return `docker://${session.reference('app')}`;
}

export function umociSuite(version: string): ClientSuite {
  return createSuite<UmociSession>({
    client: 'umoci',
    version,
    tools: ['debian'],
    async open(bench) {
      const bin = await bench.toolbox.get('debian');
      const session = new UmociSession(bench, 'umoci', bench.makeHome('umoci'), `${bin}/umoci`);
      const auth = Buffer.from(bench.registry.credentials).toString('base64');
      session.writeFile('auth.json', JSON.stringify({ auths: { [session.host]: { auth } } }));
      return session;
    },
    cells,
  });
}
