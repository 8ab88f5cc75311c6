import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import {
  CompiledNetworkRules,
  type NetworkPurpose,
  type NetworkRuleSet,
  NO_NETWORK_RULES,
  parseNetworkRuleSet,
} from './network-rule-set.ts';
import { NETWORK_RULES_SETTING, setNetworkRules } from './set-network-rules.ts';

/** From which networks one instance may be reached. */
export interface NetworkRules {
  /**
   * By the rules as they were at most two seconds ago: asked with every request, before anything else of it is looked at.
   * @param address of the client, after trusted proxies
   * @throws ProductError DENIED, the same for every path
   * @throws what reading the rules throws: without them nobody is let in
   */
  assertAllowed(purpose: NetworkPurpose, address: string): Promise<void> | undefined;
  /** As they are now. */
  find(): Promise<NetworkRuleSet>;
  /**
   * Replaces all of them; other processes follow within two seconds.
   * @throws ProductError VALIDATION; CONFLICT when the address of the actor would be refused then, unless that is wanted
   */
  set(rules: NetworkRuleSet, change: NetworkRuleChange): Promise<NetworkRuleSet>;
}

export interface NetworkRuleChange {
  readonly actor: Actor;
  /** Also when it locks the actor out. */
  readonly isForced: boolean;
}

export interface NetworkRulesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
}

const MAX_STALE_MS = 2_000;

export function createNetworkRules(dependencies: NetworkRulesDependencies): NetworkRules {
  return new StoredNetworkRules(dependencies);
}

class StoredNetworkRules implements NetworkRules {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;
  #known: CompiledNetworkRules | undefined;
  #readAt = 0;
  #reading: Promise<CompiledNetworkRules> | undefined;

  constructor({ database, clock }: NetworkRulesDependencies) {
    this.#database = database;
    this.#clock = clock;
  }

  assertAllowed(purpose: NetworkPurpose, address: string): Promise<void> | undefined {
    const ageMs = this.#clock.now() - this.#readAt;
    // A clock that was set back must not keep old rules alive.
    if (this.#known !== undefined && ageMs >= 0 && ageMs < MAX_STALE_MS) {
      assertIn(this.#known, purpose, address);
      return undefined;
    }
    return this.#read().then((rules) => assertIn(rules, purpose, address));
  }

  async find(): Promise<NetworkRuleSet> {
    return (await this.#readNow()).rules;
  }

  async set(asked: NetworkRuleSet, { actor, isForced }: NetworkRuleChange): Promise<NetworkRuleSet> {
    const rules = parseNetworkRuleSet(asked);
    const compiled = new CompiledNetworkRules(rules);
    if (!isForced && !compiled.allows('management', actor.address)) {
      throw new ProductError(
        'CONFLICT',
        `these rules would lock out the address ${actor.address} that sends them: add its network to management, or send force=true`,
      );
    }
    const now = this.#clock.now();
    await this.#database.execute(setNetworkRules, { rules, isForced, actor, now });
    // A read that began before the change must not be taken for one after it.
    this.#reading = undefined;
    this.#known = compiled;
    this.#readAt = now;
    return rules;
  }

  #read(): Promise<CompiledNetworkRules> {
    if (this.#reading !== undefined) return this.#reading;
    const startedAt = this.#clock.now();
    const reading = this.#readNow().then((rules) => {
      if (this.#reading === reading) {
        this.#known = rules;
        this.#readAt = startedAt;
      }
      return rules;
    });
    this.#reading = reading;
    const end = () => {
      if (this.#reading === reading) this.#reading = undefined;
    };
    reading.then(end, end);
    return reading;
  }

  async #readNow(): Promise<CompiledNetworkRules> {
    const row = await this.#database.reader
      .selectFrom('settings')
      .select('value')
      .where('name', '=', NETWORK_RULES_SETTING)
      .executeTakeFirst();
    return new CompiledNetworkRules(row === undefined ? NO_NETWORK_RULES : parseNetworkRuleSet(JSON.parse(row.value)));
  }
}

function assertIn(rules: CompiledNetworkRules, purpose: NetworkPurpose, address: string): void {
  if (rules.allows(purpose, address)) return;
  throw new ProductError(
    'DENIED',
    `This registry does not answer requests from your address (${address.slice(0, MAX_SHOWN_LENGTH)}): its administrators decide which networks may reach it.`,
  );
}

const MAX_SHOWN_LENGTH = 64;
