import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ProvenIdentity } from './admit-identity.ts';
import { addIdentity, removeIdentity } from './identity-commands.ts';

/** Who somebody is at a provider. */
export interface OwnIdentity {
  readonly id: number;
  readonly provider: string;
  readonly providerName: string;
  readonly issuer: string;
  readonly subject: string;
  /** Whether the account was made by it: then it stays. */
  readonly isOrigin: boolean;
  readonly createdAt: number;
}

/** By which providers one account can be signed in to. Whose it is has been asked by the caller. */
export class OwnIdentities {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor(database: InstanceDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async list(userId: number): Promise<readonly OwnIdentity[]> {
    const rows = await this.#database.reader
      .selectFrom('external_identities')
      .innerJoin('login_providers', 'login_providers.id', 'provider_id')
      .select(['external_identities.id', 'provider_id', 'name', 'issuer', 'subject', 'is_origin'])
      .select('external_identities.created_at')
      .where('user_id', '=', userId)
      .orderBy('external_identities.id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      provider: row.provider_id,
      providerName: row.name,
      issuer: row.issuer,
      subject: row.subject,
      isOrigin: row.is_origin === 1,
      createdAt: row.created_at,
    }));
  }

  /** @throws ProductError CONFLICT, PRECONDITION */
  async add(userId: number, identity: ProvenIdentity, actor: Actor): Promise<void> {
    const { providerId, providerVersion, issuer, subject } = identity;
    const input = { userId, providerId, providerVersion, issuer, subject, actor, now: this.#clock.now() };
    await this.#database.execute(addIdentity, input);
  }

  /** @throws ProductError NOT_FOUND, PRECONDITION (the account was made by it) */
  async remove(userId: number, id: number, actor: Actor): Promise<void> {
    await this.#database.execute(removeIdentity, { id, userId, actor, now: this.#clock.now() });
  }
}
