import type { InstanceDatabase, InstanceTransaction } from '../../db/instance/instance-database.ts';
import { StoredSettings, writeSettings } from '../../db/instance/stored-settings.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';

/** What an instance's administrators decide about the instance as a whole. */
export interface InstanceSettings {
  /** Nothing is pushed, changed or deleted by requests; pulls go on, and so do sign-ins. */
  readonly isReadOnly: boolean;
  /** What people are told: Harbor's object as JSON; empty: nothing. */
  readonly bannerMessage: string;
  /** Whether webhooks are called at all. */
  readonly callsWebhooks: boolean;
  /** Whether it is noted when artifacts and tags were last pulled. */
  readonly notesPullTimes: boolean;
  /** Whether it is counted how often repositories are pulled. */
  readonly countsPulls: boolean;
}

export const DEFAULT_INSTANCE_SETTINGS: InstanceSettings = {
  isReadOnly: false,
  bannerMessage: '',
  callsWebhooks: true,
  notesPullTimes: true,
  countsPulls: true,
};

const GROUP = { name: 'instance', defaults: DEFAULT_INSTANCE_SETTINGS };

/** The settings as they were at most two seconds ago. */
export class InstanceSettingsReader extends StoredSettings<InstanceSettings> {
  constructor(database: InstanceDatabase, clock: Clock) {
    super(database, clock, GROUP);
  }

  /** For every request that is about to change something. @throws ProductError READ_ONLY */
  async assertWritable(): Promise<void> {
    if (!(await this.get()).isReadOnly) return;
    throw new ProductError(
      'READ_ONLY',
      'the system is in read only mode: pulls go on, and nothing can be changed until an administrator ends it',
    );
  }
}

export interface ChangeInstanceSettingsInput {
  readonly change: Partial<InstanceSettings>;
  readonly actor: Actor;
  readonly now: number;
}

/** Values are checked by the caller. */
export async function changeInstanceSettings(
  context: InstanceTransaction,
  { change, actor, now }: ChangeInstanceSettingsInput,
): Promise<void> {
  const { before, after } = await writeSettings(context, GROUP, change);
  const detail = { before: JSON.stringify(before), after: JSON.stringify(after) };
  await appendJournal(context.tx, { at: now, actor, kind: 'instance-settings.changed', detail });
}
