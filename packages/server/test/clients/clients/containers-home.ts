import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClientHome } from '../bench/client-home.ts';
import type { Bench } from '../bench/client-suite.ts';

/** A home for tools that keep images in containers storage: everything below it, copied layers instead of mounts. */
export function makeContainersHome(bench: Bench, name: string, bin: string): ClientHome {
  const files = {
    CONTAINERS_CONF: 'containers.conf',
    CONTAINERS_STORAGE_CONF: 'storage.conf',
    CONTAINERS_REGISTRIES_CONF: 'registries.conf',
  };
  const root = bench.makeHome(name).folder;
  const env = Object.fromEntries(Object.entries(files).map(([variable, file]) => [variable, path.join(root, file)]));
  const home = bench.makeHome(name, {
    searchPath: [bin],
    env: { ...env, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' },
  });
  const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${root}/storage"\nrunroot = "${root}/run"\n`;
  writeFileSync(home.path('storage.conf'), storage);
  const engine = `helper_binaries_dir = ["${bin}"]\nconmon_path = ["${bin}/conmon"]\n`;
  writeFileSync(home.path('containers.conf'), `[engine]\n${engine}`);
  const insecure = `[[registry]]\nlocation = "${bench.registry.host}"\ninsecure = true\n`;
  writeFileSync(home.path('registries.conf'), `unqualified-search-registries = []\n${insecure}`);
  mkdirSync(home.path('home/.config/containers'), { recursive: true });
  const policy = '{"default":[{"type":"insecureAcceptAnything"}]}';
  writeFileSync(home.path('home/.config/containers/policy.json'), policy);
  return home;
}
