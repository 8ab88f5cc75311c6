import { numberOf, type ReplayedResource, type Surroundings } from './replayed-resource.ts';

/** How Go writes a time that nobody set. */
const NO_TIME = '0001-01-01T00:00:00Z';

interface RegistryState {
  readonly name: string;
  readonly url: string;
  readonly accessId: string;
  readonly insecure: boolean;
  readonly description: string;
  readonly provider: string;
}

interface RegistryJson {
  readonly name: string;
  readonly url: string;
  readonly credential?: { readonly access_key?: string };
  readonly insecure?: boolean;
  readonly description?: string;
  readonly type: string;
}

function createRegistry({ provider, login }: Surroundings, state: RegistryState): Promise<string> {
  const { name, url, accessId, insecure, description } = state;
  const flags = { ...(insecure && { insecure }), ...(description && { description }) };
  const secret = accessId ? { access_key: accessId, access_secret: login.password } : {};
  return provider.create('/registries', {
    ...{ credential: { ...secret, type: 'basic' }, name, url, type: state.provider, ...flags },
  });
}

/** The registry under test stands for the registry elsewhere: it is asked for when it is added. */
function registryState({ slug, origin, login }: Surroundings, suffix: string): RegistryState {
  const name = `${slug}-${suffix}`;
  return { name, url: origin, accessId: login.username, insecure: true, description: '', provider: 'docker-registry' };
}

export const registry: ReplayedResource<RegistryState> = {
  states: (around) => {
    const first = registryState(around, 'registry');
    return [first, { ...first, name: `${first.name}-2`, description: 'changed' }];
  },
  create: createRegistry,
  async read({ provider }, id) {
    const json = await provider.read<RegistryJson>(id);
    if (json === undefined) return undefined;
    const { name, url, credential, insecure = false, description = '', type } = json;
    return { name, url, accessId: credential?.access_key ?? '', insecure, description, provider: type };
  },
  async update({ provider, login }, id, { name, url, accessId, insecure, description }) {
    const secret = { access_key: accessId, access_secret: login.password };
    await provider.send('PUT', id, { ...secret, name, url, insecure, description }, 200);
  },
  destroy: async ({ provider }, id) => {
    await provider.send('DELETE', id, null, 200);
  },
};

interface ReplicationState {
  readonly name: string;
  readonly action: 'pull' | 'push';
  /** `manual`, or when. */
  readonly schedule: string;
  readonly enabled: boolean;
  readonly deletion: boolean;
  readonly override: boolean;
  readonly namespace: string;
  readonly namespaceReplace: number;
  readonly copyByChunk: boolean;
}

interface ReplicationJson extends Partial<Record<'enabled' | 'deletion' | 'override' | 'copy_by_chunk', boolean>> {
  readonly name: string;
  readonly src_registry?: { readonly id?: number };
  readonly dest_registry?: { readonly id?: number };
  readonly dest_namespace?: string;
  readonly dest_namespace_replace_count?: number;
  readonly trigger?: { readonly type: string; readonly trigger_settings?: { readonly cron?: string } };
}

/** The side that is this registry is an empty object. */
function replicationBody(state: ReplicationState, registryId: number): object {
  const { name, action, schedule, enabled, deletion, override, namespace, namespaceReplace, copyByChunk } = state;
  const isNamed = ['manual', 'event_based'].includes(schedule);
  return {
    ...{ name, id: 0, enabled, dest_namespace_replace_count: namespaceReplace, dest_namespace: namespace },
    src_registry: action === 'pull' ? { id: registryId } : {},
    dest_registry: action === 'push' ? { id: registryId } : {},
    trigger: isNamed
      ? { type: schedule, trigger_settings: {} }
      : { type: 'scheduled', trigger_settings: { cron: schedule } },
    ...(deletion && { deletion }),
    ...(override && { override }),
    ...(copyByChunk && { copy_by_chunk: copyByChunk }),
    filters: [
      { type: 'name', value: 'some/**' },
      { type: 'tag', value: 'v*', decoration: 'excludes' },
      { type: 'resource', value: 'image' },
    ],
    speed: -1,
  };
}

async function findRegistry({ provider }: Surroundings, name: string): Promise<number> {
  const found = await provider.read<{ id: number }[]>(`/registries?q=name=${name}`);
  return found?.[0]?.id ?? 0;
}

export const replication: ReplayedResource<ReplicationState> = {
  states: ({ slug, projectName }) => {
    const first = {
      ...{ name: `${slug}-rule`, action: 'pull' as const, schedule: 'manual', enabled: true, deletion: false },
      ...{ override: true, namespace: projectName, namespaceReplace: 1, copyByChunk: false },
    };
    return [first, { ...first, schedule: '0 0 4 * * *', enabled: false, deletion: true, namespaceReplace: 0 }];
  },
  async create(around, state) {
    const id = await createRegistry(around, registryState(around, 'source'));
    return around.provider.create('/replication/policies', replicationBody(state, numberOf(id)));
  },
  async read({ provider }, id) {
    const json = await provider.read<ReplicationJson>(id);
    if (json === undefined) return undefined;
    const { type, trigger_settings: settings } = json.trigger ?? {};
    return {
      name: json.name,
      action: (json.dest_registry?.id ?? 0) === 0 ? 'pull' : 'push',
      schedule: type === 'scheduled' ? (settings?.cron ?? '') : (type ?? ''),
      enabled: json.enabled ?? false,
      deletion: json.deletion ?? false,
      override: json.override ?? false,
      namespace: json.dest_namespace ?? '',
      namespaceReplace: json.dest_namespace_replace_count ?? 0,
      copyByChunk: json.copy_by_chunk ?? false,
    };
  },
  async update(around, id, state) {
    const registryId = await findRegistry(around, `${around.slug}-source`);
    await around.provider.send('PUT', id, replicationBody(state, registryId), 200);
  },
  async destroy(around, id) {
    await around.provider.send('DELETE', id, null, 200);
    const registryId = await findRegistry(around, `${around.slug}-source`);
    await around.provider.send('DELETE', `/registries/${registryId}`, null, 200);
  },
};

interface LabelState {
  readonly name: string;
  readonly description: string;
  readonly color: string;
  readonly scope: string;
}

export const label: ReplayedResource<LabelState> = {
  states: ({ slug }) => {
    const first = { name: `${slug}-label`, description: 'one', color: '#FF0000', scope: 'g' };
    return [first, { ...first, description: 'changed', color: '#00FF00' }];
  },
  create: ({ provider }, state) => provider.create('/labels', state),
  async read({ provider }, id) {
    const json = await provider.read<LabelState>(id);
    return json && { name: json.name, description: json.description, color: json.color, scope: json.scope };
  },
  update: async ({ provider }, id, state) => {
    await provider.send('PUT', id, state, 200);
  },
  destroy: async ({ provider }, id) => {
    await provider.send('DELETE', id, null, 200);
  },
};

interface WebhookState {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly type: string;
  readonly address: string;
  readonly authHeader: string;
  readonly skipsCertificate: boolean;
  readonly events: readonly string[];
}

interface WebhookJson {
  readonly name: string;
  readonly description?: string;
  readonly enabled?: boolean;
  readonly event_types: readonly string[];
  readonly targets: readonly Partial<
    Record<'type' | 'address' | 'auth_header', string> & { skip_cert_verify: boolean }
  >[];
}

/** Times, numbers and the creator are sent as Go's zero values. */
function webhookBody(state: WebhookState): object {
  const { name, description, enabled, type, address, authHeader, skipsCertificate, events } = state;
  return {
    ...{ name, description, enabled, event_types: events, creator: '', project_id: 0, id: 0 },
    ...{ update_time: NO_TIME, creation_time: NO_TIME },
    targets: [{ type, auth_header: authHeader, skip_cert_verify: skipsCertificate, address }],
  };
}

export const webhook: ReplayedResource<WebhookState> = {
  states: ({ slug }) => {
    const first = {
      ...{ name: `${slug}-hook`, description: '', enabled: true, type: 'http', authHeader: '' },
      ...{ address: 'https://hooks.example.com/one', skipsCertificate: true, events: ['PUSH_ARTIFACT'] },
    };
    const events = ['DELETE_ARTIFACT', 'PULL_ARTIFACT', 'SCANNING_COMPLETED', 'QUOTA_EXCEED'];
    return [first, { ...first, description: 'changed', enabled: false, skipsCertificate: false, events }];
  },
  create: ({ provider, project }, state) => provider.create(`${project}/webhook/policies`, webhookBody(state)),
  async read({ provider }, id) {
    const json = await provider.read<WebhookJson>(id);
    if (json === undefined) return undefined;
    const { name, description = '', enabled = false, event_types: events, targets } = json;
    const { type = '', address = '', auth_header: authHeader = '', skip_cert_verify = false } = targets[0] ?? {};
    return { name, description, enabled, type, address, authHeader, skipsCertificate: skip_cert_verify, events };
  },
  update: async ({ provider }, id, state) => {
    await provider.send('PUT', id, webhookBody(state), 200);
  },
  destroy: async ({ provider }, id) => {
    await provider.send('DELETE', id, null, 200);
  },
};
