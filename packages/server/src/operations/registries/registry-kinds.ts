/** What a kind of registry can do, and what is known of its address before somebody types it. */
export interface RegistryKind {
  readonly name: string;
  /** How its address is found: anybody's own, the only one, or one of a few. */
  readonly endpoints?: readonly { readonly key: string; readonly value: string }[];
  /** Whether `endpoints` are all that there are. */
  readonly hasFixedEndpoint?: boolean;
  /** What stands in place of a user's name, where that is always the same. */
  readonly fixedAccessKey?: string;
  /** Where its OCI end points are, if elsewhere than at its address. */
  readonly registryUrl?: string;
}

/**
 * The kinds that are served: those whose registry speaks OCI distribution with a name and a password, by the token service that it
 * names or by Basic. Left out are those that need signed requests or a control API of their own to get a password at all.
 */
export const REGISTRY_KINDS: readonly RegistryKind[] = [
  { name: 'harbor' },
  {
    name: 'docker-hub',
    endpoints: [{ key: 'hub.docker.com', value: 'https://hub.docker.com' }],
    hasFixedEndpoint: true,
    registryUrl: 'https://registry-1.docker.io',
  },
  { name: 'docker-registry' },
  { name: 'azure-acr' },
  { name: 'github-ghcr', endpoints: [{ key: 'ghcr.io', value: 'https://ghcr.io' }], hasFixedEndpoint: true },
  { name: 'gitlab', endpoints: [{ key: 'gitlab.com', value: 'https://registry.gitlab.com' }] },
  {
    name: 'google-gcr',
    endpoints: ['gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io'].map((key) => ({ key, value: `https://${key}` })),
    fixedAccessKey: '_json_key',
  },
  { name: 'jfrog-artifactory' },
  { name: 'quay', endpoints: [{ key: 'quay.io', value: 'https://quay.io' }] },
];

export function findRegistryKind(name: string): RegistryKind | undefined {
  return REGISTRY_KINDS.find((kind) => kind.name === name);
}
