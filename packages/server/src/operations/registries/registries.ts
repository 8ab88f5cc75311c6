import type { Selectable } from 'kysely';
import { filterRows, pageRows } from '../../db/apply-list-query.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { RemoteRegistryRow } from '../../db/instance/remote-rows.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { ListQuery } from '../../kernel/list-query.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { RemoteHealth } from '../remote-health.ts';
import { checkRegistryAddress, checkRegistrySettings } from './check-registry-settings.ts';
import { pingRegistry } from './ping-registry.ts';
import { createRemoteRegistry, deleteRemoteRegistry, updateRemoteRegistry } from './registry-commands.ts';
import {
  noSuchRegistry,
  placeOfRegistrySecret,
  type RegistrySettings,
  type RegistryStatus,
  type RemoteRegistry,
  toRemoteRegistry,
} from './remote-registry.ts';

export interface RegistriesDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
  readonly guard: Pick<EgressGuard, 'fetch'>;
}

/** A registry, and how it is now. */
export type ShownRegistry = RemoteRegistry & { readonly status: RegistryStatus };

/** What is changed of a registry; what is absent stays. */
export type RegistryChange = Partial<RegistrySettings> & { readonly accessSecret?: string | undefined };

const SECRET_ID_BYTES = 16;
const NOWHERE = { kind: '', url: '', accessKey: '', isInsecure: false, caCertificate: '' };

/** The registries elsewhere that content is copied to and from. */
export class Registries {
  readonly #deps: RegistriesDeps;
  readonly #health: RemoteHealth<RegistryStatus>;

  constructor(deps: RegistriesDeps) {
    this.#deps = deps;
    this.#health = new RemoteHealth(deps.clock);
  }

  async list(query: ListQuery): Promise<{ readonly registries: readonly ShownRegistry[]; readonly total: number }> {
    const from = this.#deps.database.reader.selectFrom('remote_registries');
    const rows = await pageRows(filterRows(from.selectAll(), query.filters), query, NEWEST_FIRST).execute();
    const count = from.select((row) => row.fn.countAll<number>().as('total'));
    const { total } = await filterRows(count, query.filters).executeTakeFirstOrThrow();
    return { registries: await Promise.all(rows.map((row) => this.#show(row))), total: Number(total) };
  }

  /** @throws ProductError NOT_FOUND */
  async get(id: number): Promise<ShownRegistry> {
    return this.#show(await this.#getRow(id));
  }

  /** Those of these ids that there are, in one query. */
  async findMany(ids: readonly number[]): Promise<ReadonlyMap<number, ShownRegistry>> {
    if (ids.length === 0) return new Map();
    const { reader } = this.#deps.database;
    const rows = await reader.selectFrom('remote_registries').selectAll().where('id', 'in', ids).execute();
    const registries = await Promise.all(rows.map((row) => this.#show(row)));
    return new Map(registries.map((registry) => [registry.id, registry]));
  }

  /** @returns its id @throws ProductError BAD_REQUEST (also when it cannot be reached), CONFLICT */
  async create(wanted: RegistrySettings, accessSecret: string | undefined, actor: Actor): Promise<number> {
    const { database, clock, ids } = this.#deps;
    const settings = checkRegistrySettings(wanted, accessSecret);
    await this.#assertHealthy(settings, accessSecret);
    const secretId = ids.hex(SECRET_ID_BYTES);
    const secret = accessSecret ? await this.#seal(secretId, accessSecret) : null;
    const input = { settings, secretId, secret, actor, now: clock.now() };
    const id = await database.execute(createRemoteRegistry, input);
    this.#health.note(`${id}:1`, 'healthy');
    return id;
  }

  /** @throws ProductError NOT_FOUND, BAD_REQUEST (also when it cannot be reached), CONFLICT */
  async update(id: number, change: RegistryChange, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    const row = await this.#getRow(id);
    const { accessSecret, ...changed } = change;
    const settings = checkRegistrySettings({ ...settingsOf(toRemoteRegistry(row)), ...changed }, accessSecret);
    assertSecretIsForIt(row, settings, accessSecret);
    await this.#assertHealthy(settings, accessSecret ?? (await this.#open(row)));
    const given = accessSecret ? await this.#seal(row.secret_id, accessSecret) : null;
    const secret = accessSecret === undefined ? undefined : given;
    const { version } = row;
    await database.execute(updateRemoteRegistry, { id, version, settings, secret, actor, now: clock.now() });
    this.#health.note(`${id}:${version + 1}`, 'healthy');
  }

  /** @throws ProductError NOT_FOUND, PRECONDITION */
  async delete(id: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await database.execute(deleteRemoteRegistry, { id, actor, now: clock.now() });
  }

  /**
   * Tries an address and credentials, or those of a registry that there is with some changes.
   * @throws ProductError NOT_FOUND, BAD_REQUEST (also with what is wrong with the registry)
   */
  async ping(id: number | undefined, change: Omit<RegistryChange, 'name' | 'description'>): Promise<void> {
    const row = id === undefined ? undefined : await this.#getRow(id);
    const { accessSecret, ...changed } = change;
    const before = row === undefined ? NOWHERE : settingsOf(toRemoteRegistry(row));
    const settings = checkRegistryAddress({ ...before, ...changed }, accessSecret);
    if (row !== undefined) assertSecretIsForIt(row, settings, accessSecret);
    await this.#assertHealthy(settings, accessSecret ?? (row && (await this.#open(row))));
  }

  async #assertHealthy(
    settings: Omit<RegistrySettings, 'name' | 'description'>,
    accessSecret: string | undefined,
  ): Promise<void> {
    const result = await pingRegistry(this.#deps.guard, targetOf(settings, accessSecret));
    if (!result.isHealthy) throw new ProductError('BAD_REQUEST', `the registry is unhealthy: ${result.reason}`);
  }

  async #show(row: Selectable<RemoteRegistryRow>): Promise<ShownRegistry> {
    const registry = toRemoteRegistry(row);
    const check = async (): Promise<RegistryStatus> => {
      const { isHealthy } = await pingRegistry(this.#deps.guard, targetOf(registry, await this.#open(row)));
      return isHealthy ? 'healthy' : 'unhealthy';
    };
    return { ...registry, status: await this.#health.get(`${row.id}:${row.version}`, check, 'unhealthy') };
  }

  async #getRow(id: number): Promise<Selectable<RemoteRegistryRow>> {
    const { reader } = this.#deps.database;
    const row = await reader.selectFrom('remote_registries').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw noSuchRegistry(id);
    return row;
  }

  #seal(secretId: string, accessSecret: string): Promise<Buffer> {
    return this.#deps.secrets.seal(placeOfRegistrySecret(secretId), Buffer.from(accessSecret));
  }

  async #open({ secret_id, access_secret }: Selectable<RemoteRegistryRow>): Promise<string | undefined> {
    if (access_secret === null) return undefined;
    return (await this.#deps.secrets.open(placeOfRegistrySecret(secret_id), access_secret)).toString('utf8');
  }
}

const NEWEST_FIRST = [{ column: 'created_at', descending: true }];

function settingsOf(registry: RemoteRegistry): RegistrySettings {
  const { name, kind, url, description, accessKey, isInsecure, caCertificate } = registry;
  return { name, kind, url, description, accessKey, isInsecure, caCertificate };
}

function targetOf(settings: Omit<RegistrySettings, 'name' | 'description'>, accessSecret: string | undefined) {
  const { accessKey } = settings;
  const credentials = accessKey === '' && !accessSecret ? undefined : { accessKey, accessSecret: accessSecret ?? '' };
  return { ...settings, credentials };
}

/**
 * A secret goes to the host that it was given for, checked as it was then, or whoever may change the address could read it.
 * @throws ProductError BAD_REQUEST
 */
function assertSecretIsForIt(
  row: Selectable<RemoteRegistryRow>,
  { kind, url, isInsecure, caCertificate }: Omit<RegistrySettings, 'name' | 'description'>,
  accessSecret: string | undefined,
): void {
  if (row.access_secret === null || accessSecret !== undefined) return;
  const isSame =
    new URL(row.url).origin === new URL(url).origin &&
    row.kind === kind &&
    (!isInsecure || row.is_insecure !== 0) &&
    row.ca_certificate === caCertificate;
  if (isSame) return;
  throw new ProductError(
    'BAD_REQUEST',
    'access_secret was given for another address or another check of its certificate: give it again',
  );
}
