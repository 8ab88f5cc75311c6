import type { Clock } from '../../kernel/clock.ts';
import type { InstanceDatabase, InstanceTransaction } from './instance-database.ts';

/** How long another process may still go by what was changed here. */
const MAX_STALE_MS = 2_000;

/** A group of settings in one row of `settings`, as it was at most two seconds ago. A group that is not stored is its defaults. */
export class StoredSettings<Settings extends object> {
  readonly #name: string;
  readonly #defaults: Settings;
  readonly #clock: Clock;
  readonly #read: (values: readonly [string]) => Promise<readonly { readonly value: string }[]>;
  /** Counts what was forgotten: what was read before that is not remembered after it. */
  #age = 0;
  #known: { readonly settings: Settings; readonly readAt: number } | undefined;

  constructor(database: InstanceDatabase, clock: Clock, { name, defaults }: SettingsGroup<Settings>) {
    this.#name = name;
    this.#defaults = defaults;
    this.#clock = clock;
    this.#read = database.prepareRead(`${name}_settings`, 'select value from settings where name = ?');
  }

  async get(): Promise<Settings> {
    const readAt = this.#clock.now();
    const known = this.#known;
    // A clock that was set back makes nothing fresh for longer.
    if (known !== undefined && readAt >= known.readAt && readAt - known.readAt < MAX_STALE_MS) return known.settings;
    const age = this.#age;
    const [row] = await this.#read([this.#name]);
    const settings = parse(row?.value, this.#defaults);
    if (age === this.#age) this.#known = { settings, readAt };
    return settings;
  }

  /** What was changed here holds here at once. */
  forget(): void {
    this.#age += 1;
    this.#known = undefined;
  }
}

export interface SettingsGroup<Settings extends object> {
  /** Of the row. */
  readonly name: string;
  readonly defaults: Settings;
}

/** Writes what changes of a group. Values are checked by the caller. */
export async function writeSettings<Settings extends object>(
  { tx }: InstanceTransaction,
  { name, defaults }: SettingsGroup<Settings>,
  change: Partial<Settings>,
): Promise<{ readonly before: Settings; readonly after: Settings }> {
  const row = await tx.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  const before = parse(row?.value, defaults);
  const after = { ...before, ...change };
  const value = JSON.stringify(after);
  await tx
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  return { before, after };
}

function parse<Settings extends object>(value: string | undefined, defaults: Settings): Settings {
  return value === undefined ? defaults : { ...defaults, ...(JSON.parse(value) as Partial<Settings>) };
}
