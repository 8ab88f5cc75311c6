import { sql } from 'kysely';
import type { InstanceDatabase, InstanceTransaction } from '../db/instance/instance-database.ts';
import { StoredSettings, writeSettings } from '../db/instance/stored-settings.ts';
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
  /** How long a registry token lives; null: as the operator has configured. */
  readonly tokenMinutes: number | null;
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
  tokenMinutes: null,
  requireSecondFactor: 'nobody',
  requireSecondFactorOfRoles: [],
};

const GROUP = { name: 'access', defaults: DEFAULT_ACCESS_SETTINGS };

/** The settings as they were at most two seconds ago. */
export class AccessSettingsReader extends StoredSettings<AccessSettings> {
  constructor(database: InstanceDatabase, clock: Clock) {
    super(database, clock, GROUP);
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
  context: InstanceTransaction,
  { change, actor, now }: ChangeAccessSettingsInput,
): Promise<AccessSettings> {
  const { tx } = context;
  const { before, after } = await writeSettings(context, GROUP, change);
  if (after.robotNamePrefix !== before.robotNamePrefix) await assertNoUserBeginsWith(tx, after.robotNamePrefix);
  const detail = { before: JSON.stringify(before), after: JSON.stringify(after) };
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
