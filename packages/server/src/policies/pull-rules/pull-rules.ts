import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';

/** What a project asks of what is pulled from it. */
export interface PullRules {
  /** `enable_content_trust_cosign` */
  readonly cosign: boolean;
  /** `enable_content_trust` */
  readonly notation: boolean;
  /** `prevent_vul` */
  readonly scanned: boolean;
}

const NAMES = {
  enable_content_trust_cosign: 'cosign',
  enable_content_trust: 'notation',
  prevent_vul: 'scanned',
} as const satisfies Readonly<Record<string, keyof PullRules>>;

const NONE: PullRules = { cosign: false, notation: false, scanned: false };
/** How long another process may still go by what was changed here. */
const MAX_STALE_MS = 2_000;
const MAX_PROJECTS = 1_000;

/** The rules of projects as they were at most two seconds ago: a pull asks nothing of the database for them. */
export class PullRulesReader {
  readonly #clock: Clock;
  readonly #read: (values: readonly [number]) => Promise<readonly { readonly name: string }[]>;
  readonly #known = new LRUCache<number, { readonly rules: PullRules; readonly readAt: number }>({ max: MAX_PROJECTS });

  constructor(database: InstanceDatabase, clock: Clock) {
    this.#clock = clock;
    const names = Object.keys(NAMES)
      .map((name) => `'${name}'`)
      .join(', ');
    this.#read = database.prepareRead(
      'pull_rules',
      `select name from project_metadata where project_id = ? and name in (${names}) and value = 'true'`,
    );
  }

  async of(projectId: number): Promise<PullRules> {
    const now = this.#clock.now();
    const known = this.#known.get(projectId);
    if (known !== undefined && now >= known.readAt && now - known.readAt < MAX_STALE_MS) return known.rules;
    const rows = await this.#read([projectId]);
    const on = rows.map(({ name }) => [NAMES[name as keyof typeof NAMES], true]);
    const rules: PullRules = { ...NONE, ...Object.fromEntries(on) };
    this.#known.set(projectId, { rules, readAt: now });
    return rules;
  }
}
