import assert from 'node:assert/strict';
import { numberOf, type ReplayedResource, type Surroundings } from './replayed-resource.ts';

const GIGABYTE = 1_073_741_824;

interface ProjectState {
  readonly name: string;
  readonly public: string;
  readonly autoScan: string;
  /** The severity from which pulling is refused; empty for none. */
  readonly security: string;
  readonly contentTrust: string;
  readonly contentTrustCosign: string;
  readonly allowlist: readonly string[];
  /** In gigabytes; -1 for no limit. */
  readonly quota: number;
}

interface ProjectJson {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly cve_allowlist?: { readonly items?: readonly { readonly cve_id: string }[] };
}

interface QuotaJson {
  readonly id: number;
  readonly ref: { readonly id: number };
  readonly hard: { readonly storage: number };
}

function projectBody(state: ProjectState): object {
  return {
    project_name: state.name,
    cve_allowlist: state.allowlist.length > 0 ? { items: state.allowlist.map((cve_id) => ({ cve_id })) } : {},
    storage_limit: state.quota > 0 ? state.quota * GIGABYTE : state.quota,
    metadata: {
      enable_content_trust: state.contentTrust,
      enable_content_trust_cosign: state.contentTrustCosign,
      auto_scan: state.autoScan,
      severity: state.security || 'low',
      reuse_sys_cve_allowlist: String(state.allowlist.length === 0),
      public: state.public,
      prevent_vul: String(state.security !== ''),
    },
  };
}

/** The provider walks through all quotas until a page is empty. */
async function findQuota({ provider }: Surroundings, id: string): Promise<QuotaJson | undefined> {
  for (let page = 1; ; page += 1) {
    const quotas = (await provider.read<QuotaJson[]>(`/quotas/?page=${page}&page_size=100`)) ?? [];
    const found = quotas.find(({ ref }) => ref.id === numberOf(id));
    if (found !== undefined || quotas.length === 0) return found;
  }
}

function projectResource(allowlist: readonly string[]): ReplayedResource<ProjectState> {
  return {
    states: ({ slug }) => {
      const first = {
        ...{ name: `${slug}-project`, public: 'false', autoScan: 'true', security: '', quota: 5 },
        ...{ contentTrust: 'false', contentTrustCosign: 'false', allowlist: [] },
      };
      return [first, { ...first, public: 'true', security: 'high', allowlist, quota: -1 }];
    },
    create: ({ provider }, state) => provider.create('/projects', projectBody(state)),
    async read(around, id) {
      const json = await around.provider.read<ProjectJson>(id);
      if (json === undefined) return undefined;
      const { metadata } = json;
      const storage = (await findQuota(around, id))?.hard.storage ?? 0;
      return {
        name: json.name,
        public: metadata['public'] ?? '',
        autoScan: metadata['auto_scan'] ?? '',
        security: metadata['prevent_vul'] === 'true' ? (metadata['severity'] ?? '') : '',
        contentTrust: metadata['enable_content_trust'] ?? 'false',
        contentTrustCosign: metadata['enable_content_trust_cosign'] ?? 'false',
        allowlist: json.cve_allowlist?.items?.map(({ cve_id }) => cve_id) ?? [],
        quota: storage > 0 ? storage / GIGABYTE : storage,
      };
    },
    async update(around, id, state) {
      const { provider } = around;
      await provider.send('PUT', id, projectBody(state), 200);
      const settings = await provider.read<Record<string, { value: unknown }>>('/configurations');
      assert.equal(settings?.['quota_per_project_enable']?.value, true);
      const quota = await findQuota(around, id);
      const storage = state.quota > 0 ? state.quota * GIGABYTE : state.quota;
      await provider.send('PUT', `/quotas/${quota?.id}`, { hard: { storage } }, 200);
    },
    async destroy({ provider }, id, { name }) {
      assert.deepEqual(await provider.read(`/projects/${name}/repositories?page=1&page_size=100`), []);
      await provider.send('DELETE', id, null, 200);
    },
  };
}

export const project = projectResource([]);
export const projectWithAllowlist = projectResource(['CVE-2020-0001']);

interface MemberState {
  readonly role: number;
  readonly project: string;
  readonly name: string;
}

interface MemberJson {
  readonly role_id: number;
  readonly project_id: number;
  readonly entity_name: string;
}

/** A user and a group differ in what names them; the other one is sent as an empty object. */
function memberResource(kind: 'user' | 'group'): ReplayedResource<MemberState> {
  const body = ({ role, name }: MemberState): object => ({
    role_id: role,
    member_group: kind === 'group' ? { group_type: 3, group_name: name } : {},
    member_user: kind === 'user' ? { username: name } : {},
  });
  return {
    states: ({ slug, project: id }) => {
      const first = { role: 2, project: String(numberOf(id)), name: `${slug}-${kind}` };
      return [first, { ...first, role: 5 }];
    },
    async create({ provider, project: id }, state) {
      if (kind === 'user') await provider.create('/users', userBody(state.name));
      else await provider.create('/usergroups', { group_name: state.name, group_type: 3 });
      return provider.create(`${id}/members`, body(state));
    },
    async read({ provider }, id) {
      const json = await provider.read<MemberJson>(id);
      return json && { role: json.role_id, project: String(json.project_id), name: json.entity_name };
    },
    update: async ({ provider }, id, state) => {
      await provider.send('PUT', id, body(state), 200);
    },
    async destroy({ provider }, id, { name }) {
      await provider.send('DELETE', id, null, 200);
      if (kind === 'user') {
        const found = await provider.read<{ user_id: number }[]>(`/users?q=username=${name}`);
        await provider.send('DELETE', `/users/${found?.[0]?.user_id}`, null, 200);
      } else {
        const found = await provider.read<{ id: number }[]>(`/usergroups?group_name=${name}`);
        await provider.send('DELETE', `/usergroups/${found?.[0]?.id}`, null, 200);
      }
    },
  };
}

function userBody(username: string): object {
  const password = 'Plan-and-apply-1';
  const email = `${username}@example.com`;
  return { username, password, realname: 'Terry', email, new_password: password };
}

export const projectMemberUser = memberResource('user');
export const projectMemberGroup = memberResource('group');
