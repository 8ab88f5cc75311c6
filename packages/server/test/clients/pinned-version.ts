import { type GoTool, type HelmTool, type PythonTool, versions } from './versions.ts';

/** The version of a client as a reader knows it: of a tool, or of a package in one of Debian's suites. */
export function pinnedVersion(name: GoTool | HelmTool | PythonTool | `${'bookworm' | 'trixie'}/${string}`): string {
  const helm = versions.helmPackages.find(({ tool }) => tool === name);
  if (helm) return helm.helm;
  const go = versions.goClients.find(({ tool }) => tool === name);
  if (go) return go.version.slice(1);
  const python = versions.pythonPackages.find(({ tool }) => tool === name);
  if (python) return python.version;
  const [suite, wanted] = name.split('/');
  const clients = versions.debian.find((candidate) => candidate.name === suite)?.clients ?? [];
  const client = clients.find((candidate) => candidate.package === wanted);
  if (client === undefined) throw new Error(`versions.ts has no client ${name}.`);
  return client.upstream;
}
