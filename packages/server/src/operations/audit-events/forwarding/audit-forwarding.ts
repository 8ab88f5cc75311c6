import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { Jobs } from '../../../jobs/jobs.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Secrets } from '../../../kernel/secrets-envelope.ts';
import { FORWARD_AUDIT } from './forward-handler.ts';
import { findForwarding, removeForwarding, setForwarding } from './forwarding-rows.ts';
import { SECRET_PLACE } from './forwarding-secret.ts';
import { type ForwardingTarget, originOfTarget } from './forwarding-target.ts';

export interface AuditForwardingDeps {
  readonly database: InstanceDatabase;
  readonly jobs: Pick<Jobs, 'ensureRecurring'>;
  readonly clock: Clock;
  readonly secrets: Pick<Secrets, 'seal'>;
}

/** How the forwarding is, without its secret. Instants are milliseconds UTC. */
export interface ForwardingStatus {
  readonly isEnabled: boolean;
  readonly target: ForwardingTarget;
  readonly hasSecret: boolean;
  readonly lastId: number;
  /** Of the oldest entry that was not taken yet; undefined when there is none. */
  readonly waitingSince: number | undefined;
  readonly failures: number;
  readonly lastError: string | null;
  readonly failedAt: number | null;
  readonly retryAt: number | null;
  readonly succeededAt: number | null;
}

/** Ages are milliseconds. */
export interface ForwardingFigures {
  /** Of the oldest entry that waits; 0 when none does. */
  readonly ageMs: number;
  readonly failures: number;
}

export interface ForwardingChange {
  readonly isEnabled: boolean;
  readonly target: ForwardingTarget;
  /** Null: none. Absent: the one that there is, as long as the receiver is the same. */
  readonly bearerToken?: string | null | undefined;
  readonly from?: 'now' | 'beginning' | undefined;
}

const REPEAT_MS = 5_000;
/** Where it is switched off: its job finds nothing to do. */
const IDLE_REPEAT_MS = 3_600_000;

/** Where the audit log of an instance is forwarded to, for who looks after it. */
export class AuditForwarding {
  readonly #deps: AuditForwardingDeps;

  constructor(deps: AuditForwardingDeps) {
    this.#deps = deps;
  }

  /** Undefined when nothing is set up. */
  async status(): Promise<ForwardingStatus | undefined> {
    const { reader } = this.#deps.database;
    const forwarding = await findForwarding(reader);
    if (forwarding === undefined) return undefined;
    const { version: _, gaps: __, secret, ...shown } = forwarding;
    const waiting = await reader
      .selectFrom('journal')
      .select('at')
      .where('id', '>', forwarding.lastId)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return { ...shown, hasSecret: secret !== null, waitingSince: waiting?.at };
  }

  /** Undefined where nothing is forwarded. */
  async figures(): Promise<ForwardingFigures | undefined> {
    const status = await this.status();
    if (status?.isEnabled !== true) return undefined;
    const { waitingSince, failures } = status;
    const now = this.#deps.clock.now();
    return { failures, ageMs: waitingSince === undefined ? 0 : Math.max(0, now - waitingSince) };
  }

  async set({ isEnabled, target, bearerToken, from }: ForwardingChange, actor: Actor): Promise<void> {
    const { database, clock, secrets } = this.#deps;
    const before = await findForwarding(database.reader);
    const isSameReceiver =
      before !== undefined && target.kind === 'https' && originOfTarget(before.target) === originOfTarget(target);
    const kept = isSameReceiver ? before.secret : null;
    const given = typeof bearerToken === 'string' ? await secrets.seal(SECRET_PLACE, Buffer.from(bearerToken)) : null;
    const secret = bearerToken === undefined ? kept : given;
    await database.execute(setForwarding, { isEnabled, target, secret, from, actor, now: clock.now() });
    await this.changed();
  }

  /** @returns whether there was one */
  async remove(actor: Actor): Promise<boolean> {
    const { database, clock } = this.#deps;
    const wasThere = await database.execute(removeForwarding, { actor, now: clock.now() });
    if (wasThere) await this.changed();
    return wasThere;
  }

  /** The job follows, when the forwarding was set or removed. */
  async changed(): Promise<void> {
    const forwarding = await findForwarding(this.#deps.database.reader);
    await this.#ensure(forwarding?.isEnabled === true ? REPEAT_MS : IDLE_REPEAT_MS);
  }

  /** Makes sure of the job, where there is something to forward to. */
  async ensureJob(): Promise<void> {
    const forwarding = await findForwarding(this.#deps.database.reader);
    if (forwarding !== undefined) await this.changed();
  }

  async #ensure(repeatEveryMs: number): Promise<void> {
    const kind = FORWARD_AUDIT;
    await this.#deps.jobs.ensureRecurring({ name: kind, kind, parameters: {}, repeatEveryMs });
  }
}
