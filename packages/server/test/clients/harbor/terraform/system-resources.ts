import assert from 'node:assert/strict';
import type { ReplayedResource, Surroundings } from './replayed-resource.ts';

const NO_TIME = '0001-01-01T00:00:00Z';
const CRON_OF: Readonly<Record<string, string>> = {
  Hourly: '0 0 * * * *',
  Daily: '0 0 0 * * *',
  Weekly: '0 0 0 * * 0',
};

interface ScheduleState {
  /** One of those above, or a cron expression. */
  readonly schedule: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface ScheduleJson {
  readonly schedule?: { readonly type?: string; readonly cron?: string };
  readonly job_parameters?: string;
}

function scheduleBody({ schedule, parameters }: ScheduleState): object {
  const type = schedule in CRON_OF ? schedule : 'Custom';
  const body = { creation_time: NO_TIME, update_time: NO_TIME, parameters };
  return { ...body, schedule: { type, cron: CRON_OF[schedule] ?? schedule } };
}

/** The provider adds a schedule where the answer was empty, and changes it where it was not. */
async function setSchedule({ provider }: Surroundings, path: string, state: ScheduleState): Promise<void> {
  const { text } = await provider.send('GET', path, null, 200);
  const [method, status] = text === '' ? (['POST', 201] as const) : (['PUT', 200] as const);
  await provider.send(method, path, scheduleBody(state), status);
}

/** @param parameters first and then; those of the job are told as a text of JSON */
function scheduleResource(
  path: string,
  parameters: readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>],
): ReplayedResource<ScheduleState> {
  return {
    states: () => [
      { schedule: 'Daily', parameters: parameters[0] },
      { schedule: '0 15 3 * * 6', parameters: parameters[1] },
    ],
    async create(around, state) {
      await setSchedule(around, path, state);
      return path;
    },
    async read({ provider }) {
      const { text } = await provider.send('GET', path, null, 200);
      if (text === '') return undefined;
      const { schedule: { type = '', cron = '' } = {}, job_parameters: job = '{}' } = JSON.parse(text) as ScheduleJson;
      const told = JSON.parse(job || '{}') as Record<string, unknown>;
      const known = Object.keys(parameters[0]).map((name) => [name, told[name]]);
      return { schedule: type === 'Custom' ? cron : type, parameters: Object.fromEntries(known) };
    },
    update: (around, _id, state) => setSchedule(around, path, state),
    async destroy({ provider }) {
      const body = { creation_time: NO_TIME, update_time: NO_TIME, parameters: {}, schedule: { type: 'None' } };
      await provider.send('PUT', path, body, 200);
    },
    destroyed: (state) => assert.ok(['None', '', undefined].includes(state?.schedule), `still ${state?.schedule}`),
  };
}

export const garbageCollection = scheduleResource('/system/gc/schedule', [
  { delete_untagged: true, workers: 1 },
  { delete_untagged: false, workers: 2 },
]);

export const purgeAudit = scheduleResource('/system/purgeaudit/schedule', [
  { audit_retention_hour: 24, include_event_types: 'create_artifact,delete_artifact' },
  { audit_retention_hour: 48, include_event_types: 'pull_artifact' },
]);

export const interrogation = scheduleResource('/system/scanAll/schedule', [{}, {}]);

type Settings = Readonly<Record<string, unknown>>;

/** Settings are there before and after; the provider leaves them as they are, and we put them back. */
function settingsResource(first: Settings, second: Settings, always: Settings = {}): ReplayedResource<object> {
  let before: Settings = {};
  const read = async ({ provider }: Surroundings): Promise<Settings> => {
    const json = (await provider.read<Record<string, { value: unknown }>>('/configurations')) ?? {};
    return Object.fromEntries(Object.keys(first).map((name) => [name, json[name]?.value]));
  };
  const write = async ({ provider }: Surroundings, state: Settings): Promise<string> => {
    await provider.send('PUT', '/configurations', state, 200);
    return '/configurations';
  };
  return {
    states: () => [first, second],
    async create(around, state) {
      before = await read(around);
      return write(around, { ...state, ...always });
    },
    read,
    update: async (around, _id, state) => {
      await write(around, { ...state, ...always });
    },
    destroy: async (around) => {
      await write(around, before);
    },
    destroyed: (state) => assert.deepEqual(state, before),
  };
}

const banner = (message: string): string =>
  JSON.stringify({ closable: true, message, type: 'info', fromDate: '11/01/2026', toDate: '12/01/2030' });

export const configSystem = settingsResource(
  {
    ...{ project_creation_restriction: 'adminonly', robot_token_duration: 15, robot_name_prefix: 'robot$' },
    ...{ banner_message: banner('one'), storage_per_project: 107_374_182_400 },
  },
  {
    ...{ project_creation_restriction: 'everyone', robot_token_duration: 45, robot_name_prefix: 'robot$' },
    ...{ banner_message: banner('two'), storage_per_project: -1 },
  },
  { read_only: false, scanner_skip_update_pulltime: false },
);

/** The server under test has a directory, whose settings stay as they are: other clients sign in meanwhile. */
export const configAuth = settingsResource(
  { auth_mode: 'ldap_auth', primary_auth_mode: false, self_registration: true },
  { auth_mode: 'ldap_auth', primary_auth_mode: false, self_registration: false },
);

/** Neither Harbor 2.15 nor this server has settings of mail there: who still configures them is told. */
export async function replayMailSettings({ provider }: Surroundings): Promise<void> {
  const body = { email_host: 'mail.example.com', email_port: 25, email_from: 'registry@example.com' };
  const { text } = await provider.send('PUT', '/configurations', { ...body, email_ssl: false }, 400);
  assert.match(text, /no configuration key .*email_host/);
}

interface AllowlistState {
  readonly cves: readonly string[];
  readonly expiresAt: number;
}

interface AllowlistJson {
  readonly items?: readonly { readonly cve_id: string }[];
  readonly expires_at?: number | null;
}

const ALLOWLIST = '/system/CVEAllowlist';

async function writeAllowlist({ provider }: Surroundings, { cves, expiresAt }: AllowlistState): Promise<string> {
  const items = cves.map((cve_id) => ({ cve_id }));
  await provider.send('PUT', ALLOWLIST, { items, ...(expiresAt > 0 && { expires_at: expiresAt }) }, 200);
  return ALLOWLIST;
}

export const configSecurity: ReplayedResource<AllowlistState> = {
  states: () => [
    { cves: ['CVE-456', 'CVE-2020-0002'], expiresAt: 0 },
    { cves: ['CVE-2020-0003'], expiresAt: 1_924_992_000 },
  ],
  create: writeAllowlist,
  async read({ provider }) {
    const json = await provider.read<AllowlistJson>(ALLOWLIST);
    return json && { cves: json.items?.map(({ cve_id }) => cve_id) ?? [], expiresAt: json.expires_at ?? 0 };
  },
  update: async (around, _id, state) => {
    await writeAllowlist(around, state);
  },
  destroy: async (around) => {
    await writeAllowlist(around, { cves: [], expiresAt: 0 });
  },
  destroyed: (state) => assert.deepEqual(state?.cves, []),
};

interface PreheatState {
  readonly name: string;
  readonly vendor: string;
  readonly description: string;
  readonly endpoint: string;
  readonly auth_mode: string;
  readonly enabled: boolean;
  readonly default: boolean;
  readonly insecure: boolean;
}

function preheatBody(state: PreheatState): object {
  return { id: 0, ...state, auth_info: {}, status: '', setup_timestamp: 0 };
}

export const preheat: ReplayedResource<PreheatState> = {
  states: ({ slug }) => {
    const first = {
      ...{ name: `${slug}-preheat`, vendor: 'dragonfly', description: '', endpoint: 'http://127.0.0.1:9' },
      ...{ auth_mode: 'NONE', enabled: true, default: false, insecure: false },
    };
    return [first, { ...first, description: 'changed', enabled: false, insecure: true }];
  },
  create: ({ provider }, state) => provider.create('/p2p/preheat/instances', preheatBody(state)),
  async read({ provider }, id) {
    const json = await provider.read<PreheatState & { insecure?: boolean }>(id);
    if (json === undefined) return undefined;
    const { name, vendor, description, endpoint, auth_mode, enabled = false, insecure = false } = json;
    return { name, vendor, description, endpoint, auth_mode, enabled, default: json.default ?? false, insecure };
  },
  update: async ({ provider }, id, state) => {
    await provider.send('PUT', id, preheatBody(state), 200);
  },
  destroy: async ({ provider }, id) => {
    await provider.send('DELETE', id, null, 200);
  },
};
