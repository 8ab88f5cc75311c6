import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import type { Users } from '../users/users.ts';
import { createLoginProvider } from './create-login-provider.ts';
import { deleteLoginProvider } from './delete-login-provider.ts';
import {
  audienceOf,
  type LdapProvider,
  type LoginProvider,
  type ProviderKind,
  placeOfProviderSecret,
} from './login-provider.ts';
import { noSuchProvider } from './no-such-provider.ts';
import type { ProviderChange } from './provider-change.ts';
import { findProviderRow, listProviderRows, toLoginProvider } from './provider-store.ts';
import { updateLoginProvider } from './update-login-provider.ts';

/** What somebody sets of a provider. */
export type WantedProvider = ProviderKind & {
  readonly name: string;
  /** Absent: behind the others, or where it is. */
  readonly position?: number | undefined;
  /** Null: none. Absent: the one that there is, as long as it is for the same. */
  readonly secret?: string | null | undefined;
};

/** What a provider is to be; without an id a new one. */
export interface AskedProvider {
  readonly id: string | undefined;
  readonly wanted: WantedProvider;
}

export interface LoginProvidersDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
  readonly users: Pick<Users, 'forget'>;
  /** Told that groups of users have changed. */
  readonly onGroupsChange: () => void;
}

const MAX_NAME_LENGTH = 64;
/** How long another process may still go by what was changed here. */
const MAX_STALE_MS = 2_000;
const LAST_POSITION = 10_000;

/** The list of where people sign in besides here. Who may look after it is asked by the caller. */
export class LoginProviders {
  readonly #deps: LoginProvidersDependencies;
  #directories: { readonly list: readonly LdapProvider[]; readonly readAt: number } | undefined;
  #changes = 0;

  constructor(deps: LoginProvidersDependencies) {
    this.#deps = deps;
  }

  /** In their order. */
  async list(): Promise<readonly LoginProvider[]> {
    return (await listProviderRows(this.#deps.database.reader)).map(toLoginProvider);
  }

  /** As they were at most two seconds ago: for what is asked with every password. */
  async listDirectories(): Promise<readonly LdapProvider[]> {
    const readAt = this.#deps.clock.now();
    const known = this.#directories;
    if (known !== undefined && readAt - known.readAt < MAX_STALE_MS) return known.list;
    const version = this.#changes;
    const list = (await this.list()).filter((provider) => provider.kind === 'ldap');
    if (version === this.#changes) this.#directories = { list, readAt };
    return list;
  }

  async find(id: string): Promise<LoginProvider | undefined> {
    const row = await findProviderRow(this.#deps.database.reader, id);
    return row === undefined ? undefined : toLoginProvider(row);
  }

  /** @throws ProductError NOT_FOUND */
  async get(id: string): Promise<LoginProvider> {
    const provider = await this.find(id);
    if (provider === undefined) throw noSuchProvider();
    return provider;
  }

  /** The client secret or search password of a provider as it is now; undefined when it has none. */
  async openSecret(id: string): Promise<string | undefined> {
    const row = await findProviderRow(this.#deps.database.reader, id);
    if (row === undefined || row.secret === null) return undefined;
    return (await this.#deps.secrets.open(placeOfProviderSecret(id), row.secret)).toString('utf8');
  }

  /**
   * @returns its id
   * @throws ProductError VALIDATION, CONFLICT
   */
  async create(wanted: WantedProvider, actor: Actor): Promise<string> {
    return this.#apply({ id: undefined, wanted }, actor);
  }

  /** @throws ProductError VALIDATION, NOT_FOUND, CONFLICT */
  async update(id: string, wanted: WantedProvider, actor: Actor): Promise<void> {
    await this.#apply({ id, wanted }, actor);
  }

  /**
   * For changes of more than one thing: what a command has to do, whose caller says `forget` when it is done.
   * @throws ProductError VALIDATION, NOT_FOUND
   */
  async prepare(asked: readonly AskedProvider[], actor: Actor): Promise<readonly ProviderChange[]> {
    const changes: ProviderChange[] = [];
    let last = (await this.list()).at(-1)?.position ?? 0;
    for (const { id, wanted } of asked) {
      last = Math.min(LAST_POSITION, last + 1);
      const change = id === undefined ? this.#prepareNew(wanted, last, actor) : this.#prepareChange(id, wanted, actor);
      changes.push(await change);
    }
    return changes;
  }

  /**
   * @param deletesUsers whether the accounts that were made by it go, too; undefined: nobody has said
   * @throws ProductError NOT_FOUND, PRECONDITION, DENIED
   */
  async delete(id: string, deletesUsers: boolean | undefined, actor: Actor): Promise<void> {
    const { database, clock, users, onGroupsChange } = this.#deps;
    const affected = await database.execute(deleteLoginProvider, { id, deletesUsers, actor, now: clock.now() });
    this.forget();
    for (const userId of affected) users.forget(userId);
    onGroupsChange();
  }

  /** What was changed here holds here at once. */
  forget(): void {
    this.#changes += 1;
    this.#directories = undefined;
  }

  async #apply(asked: AskedProvider, actor: Actor): Promise<string> {
    const [change] = await this.prepare([asked], actor);
    if (change === undefined) throw new Error('one change was asked for');
    const { database } = this.#deps;
    if (change.does === 'create') await database.execute(createLoginProvider, change.input);
    else await database.execute(updateLoginProvider, change.input);
    this.forget();
    return change.input.id;
  }

  async #prepareNew(wanted: WantedProvider, behind: number, actor: Actor): Promise<ProviderChange> {
    const { clock, ids } = this.#deps;
    const { name, position = behind } = wanted;
    assertName(name);
    assertSecretFits(wanted, typeof wanted.secret === 'string');
    assertPosition(position);
    const id = ids.hex(8);
    const secret = (await this.#seal(id, wanted.secret)) ?? null;
    return { does: 'create', input: { ...kindOf(wanted), id, name, position, secret, actor, now: clock.now() } };
  }

  async #prepareChange(id: string, wanted: WantedProvider, actor: Actor): Promise<ProviderChange> {
    const { name } = wanted;
    assertName(name);
    const before = await this.get(id);
    const { version } = before;
    const { position = before.position } = wanted;
    assertPosition(position);
    const isKept = wanted.secret === undefined && before.hasSecret && audienceOf(before) === audienceOf(wanted);
    assertSecretFits(wanted, isKept || typeof wanted.secret === 'string');
    const secret = await this.#seal(id, wanted.secret);
    const now = this.#deps.clock.now();
    return { does: 'update', input: { ...kindOf(wanted), id, version, name, position, secret, actor, now } };
  }

  async #seal(id: string, secret: string | null | undefined): Promise<Uint8Array | null | undefined> {
    if (typeof secret !== 'string') return secret;
    return this.#deps.secrets.seal(placeOfProviderSecret(id), Buffer.from(secret));
  }
}

function kindOf({ kind, settings }: ProviderKind): ProviderKind {
  return { kind, settings } as ProviderKind;
}

/** A name without a password would search as nobody, and a password without a name is for nothing. @throws ProductError VALIDATION */
function assertSecretFits(wanted: ProviderKind, hasSecret: boolean): void {
  if (wanted.kind !== 'ldap' || (wanted.settings.searchDn !== '') === hasSecret) return;
  throw new ProductError(
    'VALIDATION',
    hasSecret
      ? 'searchPassword is for settings.searchDn, which is empty: to search anonymously send null'
      : 'searchPassword is needed for settings.searchDn, and again whenever the server or the way to it changes',
  );
}

function assertName(name: string): void {
  const isGood = name !== '' && name.length <= MAX_NAME_LENGTH && name === name.trim() && !/\p{C}/u.test(name);
  if (isGood) return;
  throw new ProductError(
    'VALIDATION',
    `name must have 1 to ${MAX_NAME_LENGTH} visible characters, and no space at either end`,
  );
}

function assertPosition(position: number): void {
  if (Number.isInteger(position) && position >= 0 && position <= LAST_POSITION) return;
  throw new ProductError('VALIDATION', `position must be a whole number from 0 to ${LAST_POSITION}`);
}
