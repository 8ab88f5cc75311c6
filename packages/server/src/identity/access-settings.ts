import { sql } from 'kysely';
import type { InstanceDatabase, InstanceTransaction } from '../db/instance/instance-database.ts';
import { appendJournal } from '../journal/journal.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';

/** What an instance's administrators decide about accounts. */
export interface AccessSettings {
  /** Whether strangers may make themselves an account. */
  readonly selfRegistration: boolean;
  /** Who may create projects: everybody who is signed in, or administrators. */
  readonly projectCreation: 'everyone' | 'administrators';
  /** How long a session lasts that is not used. */
  readonly sessionTimeoutMinutes: number;
  /** What the sign-in names of robots begin with. */
  readonly robotNamePrefix: string;
  /** For robots that are created without a duration. */
  readonly robotDurationDays: number;
  /** Who has to have a second factor, and can do nothing but enrol one until then. */
  readonly requireSecondFactor: 'nobody' | 'administrators' | 'everybody';
  /** As memberships store them: who has one of these in any project has to have a second factor, too. */
  readonly requireSecondFactorOfRoles: readonly string[];
}

export const DEFAULT_ACCESS_SETTINGS: AccessSettings = {
  selfRegistration: false,
  projectCreation: 'everyone',
  sessionTimeoutMinutes: 60,
  robotNamePrefix: 'robot$',
  robotDurationDays: 30,
  requireSecondFactor: 'nobody',
  requireSecondFactorOfRoles: [],
};

const SETTING = 'access';
/** How long another process may still go by what was changed here. */
const MAX_STALE_MS = 2_000;

/** The settings as they were at most two seconds ago. */
export class AccessSettingsReader {
  readonly #clock: Clock;
  readonly #read: (values: readonly [string]) => Promise<readonly { readonly value: string }[]>;
  /** Counts what was forgotten: what was read before that is not remembered after it. */
  #age = 0;
  #known: { readonly settings: AccessSettings; readonly readAt: number } | undefined;

  constructor(database: InstanceDatabase, clock: Clock) {
    this.#clock = clock;
    this.#read = database.prepareRead('access_settings', 'select value from settings where name = ?');
  }

  async get(): Promise<AccessSettings> {
    const readAt = this.#clock.now();
    const known = this.#known;
    // A clock that was set back makes nothing fresh for longer.
    if (known !== undefined && readAt >= known.readAt && readAt - known.readAt < MAX_STALE_MS) return known.settings;
    const age = this.#age;
    const [row] = await this.#read([SETTING]);
    const settings = parseAccessSettings(row?.value);
    if (age === this.#age) this.#known = { settings, readAt };
    return settings;
  }

  /** What was changed here holds here at once. */
  forget(): void {
    this.#age += 1;
    this.#known = undefined;
  }
}

export interface ChangeAccessSettingsInput {
  readonly change: Partial<AccessSettings>;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Values are checked by the caller.
 * @returns the settings as they are now
 * @throws ProductError CONFLICT when names of users begin with the new prefix of robots.
 */
export async function changeAccessSettings(
  { tx }: InstanceTransaction,
  { change, actor, now }: ChangeAccessSettingsInput,
): Promise<AccessSettings> {
  const row = await tx.selectFrom('settings').select('value').where('name', '=', SETTING).executeTakeFirst();
  const before = parseAccessSettings(row?.value);
  const after = { ...before, ...change };
  if (after.robotNamePrefix !== before.robotNamePrefix) await assertNoUserBeginsWith(tx, after.robotNamePrefix);
  const value = JSON.stringify(after);
  await tx
    .insertInto('settings')
    .values({ name: SETTING, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  const detail = { before: JSON.stringify(before), after: value };
  await appendJournal(tx, { at: now, actor, kind: 'access-settings.changed', detail });
  return after;
}

/** A name that may be a user's and a robot's would be tried with the secret of the other. */
async function assertNoUserBeginsWith(tx: InstanceTransaction['tx'], prefix: string): Promise<void> {
  const beginning = sql<string>`substr(username, 1, ${prefix.length})`;
  const user = await tx.selectFrom('users').select('id').where(beginning, '=', prefix).executeTakeFirst();
  if (user === undefined) return;
  throw new ProductError('CONFLICT', `there are users whose names begin with ${prefix}: choose another prefix`);
}

function parseAccessSettings(value: string | undefined): AccessSettings {
  if (value === undefined) return DEFAULT_ACCESS_SETTINGS;
  return { ...DEFAULT_ACCESS_SETTINGS, ...(JSON.parse(value) as Partial<AccessSettings>) };
}
