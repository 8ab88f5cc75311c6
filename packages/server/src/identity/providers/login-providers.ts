import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import type { Users } from '../users/users.ts';
import { createLoginProvider } from './create-login-provider.ts';
import { deleteLoginProvider } from './delete-login-provider.ts';
import { type LoginProvider, placeOfProviderSecret } from './login-provider.ts';
import { noSuchProvider } from './no-such-provider.ts';
import { findProviderRow, listProviderRows, toLoginProvider } from './provider-store.ts';
import { updateLoginProvider } from './update-login-provider.ts';

/** What somebody sets of a provider. */
export interface WantedProvider {
  readonly name: string;
  /** Absent: behind the others, or where it is. */
  readonly position?: number | undefined;
  readonly settings: LoginProvider['settings'];
  /** Null: none. Absent: the one that there is, as long as the issuer is the same. */
  readonly clientSecret?: string | null | undefined;
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
const LAST_POSITION = 10_000;

/** The list of where people sign in besides here. Who may look after it is asked by the caller. */
export class LoginProviders {
  readonly #deps: LoginProvidersDependencies;

  constructor(deps: LoginProvidersDependencies) {
    this.#deps = deps;
  }

  /** In their order. */
  async list(): Promise<readonly LoginProvider[]> {
    return (await listProviderRows(this.#deps.database.reader)).map(toLoginProvider);
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

  /** The client secret of a provider as it is now; undefined when it has none. */
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
    const { database, clock, ids } = this.#deps;
    const { name, settings } = wanted;
    assertName(name);
    const last = (await this.list()).at(-1)?.position ?? 0;
    const position = wanted.position ?? Math.min(LAST_POSITION, last + 1);
    assertPosition(position);
    const id = ids.hex(8);
    const secret = (await this.#seal(id, wanted.clientSecret)) ?? null;
    const input = { id, kind: 'oidc' as const, name, position, settings, secret, actor, now: clock.now() };
    await database.execute(createLoginProvider, input);
    return id;
  }

  /** @throws ProductError VALIDATION, NOT_FOUND, CONFLICT */
  async update(id: string, wanted: WantedProvider, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    const { name, settings } = wanted;
    assertName(name);
    const { version, position: before } = await this.get(id);
    const position = wanted.position ?? before;
    assertPosition(position);
    const secret = await this.#seal(id, wanted.clientSecret);
    const input = { id, version, name, position, settings, secret, actor, now: clock.now() };
    await database.execute(updateLoginProvider, input);
  }

  /**
   * @param deletesUsers whether the accounts that were made by it go, too; undefined: nobody has said
   * @throws ProductError NOT_FOUND, PRECONDITION, DENIED
   */
  async delete(id: string, deletesUsers: boolean | undefined, actor: Actor): Promise<void> {
    const { database, clock, users, onGroupsChange } = this.#deps;
    const affected = await database.execute(deleteLoginProvider, { id, deletesUsers, actor, now: clock.now() });
    for (const userId of affected) users.forget(userId);
    onGroupsChange();
  }

  async #seal(id: string, secret: string | null | undefined): Promise<Uint8Array | null | undefined> {
    if (typeof secret !== 'string') return secret;
    return this.#deps.secrets.seal(placeOfProviderSecret(id), Buffer.from(secret));
  }
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
