import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import type { PermissionBlock } from '../../kernel/permission.ts';
import type { AccessSettings } from '../access-settings.ts';
import type { PasswordHasher } from '../password-hasher.ts';
import { createRobot } from './create-robot.ts';
import { deleteRobot } from './delete-robot.ts';
import { ROBOT_COLUMNS, type Robot, type SelectedRobot, toRobot } from './robot.ts';
import { assertRobotDuration } from './robot-duration.ts';
import { fullRobotName } from './robot-name.ts';
import { assertGoodRobotSecret, generateRobotSecret, hashRandomSecret } from './robot-secret.ts';
import { countRobotRows, listRobotRows, type RobotFilter, type RobotListing } from './robot-store.ts';
import { rotateRobotSecret } from './rotate-robot-secret.ts';
import { type UpdateRobotInput, updateRobot } from './update-robot.ts';

/** How long another process may still honour what was taken away here. */
const MAX_STALE_MS = 2_000;
const MAX_REMEMBERED = 10_000;
export const MAX_OVERLAP_SECONDS = 7 * 24 * 3_600;

export interface NewRobot {
  /** Without prefix and project. */
  readonly name: string;
  /** Undefined for one of the system. */
  readonly project: { readonly id: number; readonly name: string } | undefined;
  readonly description: string;
  /** Default: that of the instance's settings. */
  readonly durationDays: number | undefined;
  readonly isDisabled: boolean;
  readonly permissions: readonly PermissionBlock[];
  /** Default: one is generated. */
  readonly secret: string | undefined;
  readonly actor: Actor;
}

export interface NewRobotSecret {
  readonly id: number;
  /** Default: one is generated. */
  readonly secret: string | undefined;
  /** How long the secret before works too. */
  readonly overlapSeconds: number;
  readonly actor: Actor;
}

/** The robots of one instance. Who may do it, and what may be given, is the caller's to ask. */
export interface Robots {
  /** What its owner signs in with, as the prefix is now. */
  loginNameOf(robot: Pick<Robot, 'fullName'>): Promise<string>;
  find(id: number): Promise<Robot | undefined>;
  /** The robot as it was at most two seconds ago: for what is asked with every request. */
  findRecent(id: number): Promise<Robot | undefined>;
  list(listing: RobotListing): Promise<readonly Robot[]>;
  count(filter: RobotFilter): Promise<number>;
  /**
   * @returns also the secret, which is shown this once
   * @throws ProductError BAD_REQUEST (name, duration, secret), CONFLICT (the name is taken)
   */
  create(input: NewRobot): Promise<{ readonly robot: Robot; readonly secret: string }>;
  /** @throws ProductError BAD_REQUEST (duration), NOT_FOUND */
  update(input: Omit<UpdateRobotInput, 'now'>): Promise<void>;
  /** @returns the secret; @throws ProductError BAD_REQUEST (secret, overlap), NOT_FOUND */
  rotateSecret(input: NewRobotSecret): Promise<string>;
  /** @throws ProductError NOT_FOUND */
  delete(id: number, actor: Actor): Promise<void>;
}

export interface RobotsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly settings: () => Promise<Pick<AccessSettings, 'robotNamePrefix' | 'robotDurationDays'>>;
}

export function createRobots(dependencies: RobotsDependencies): Robots {
  return new DatabaseRobots(dependencies);
}

class DatabaseRobots implements Robots {
  readonly #deps: RobotsDependencies;
  readonly #byId: (values: readonly [number]) => Promise<readonly SelectedRobot[]>;
  readonly #recent = onFirstUse(
    () => new LRUCache<number, { readonly robot: Robot; readonly readAt: number }>({ max: MAX_REMEMBERED }),
  );

  constructor(dependencies: RobotsDependencies) {
    this.#deps = dependencies;
    const columns = ROBOT_COLUMNS.join(', ');
    this.#byId = dependencies.database.prepareRead('robot_by_id', `select ${columns} from robots where id = ?`);
  }

  async loginNameOf({ fullName }: Pick<Robot, 'fullName'>): Promise<string> {
    return `${(await this.#deps.settings()).robotNamePrefix}${fullName}`;
  }

  async find(id: number): Promise<Robot | undefined> {
    const [row] = await this.#byId([id]);
    return row === undefined ? undefined : toRobot(row);
  }

  async findRecent(id: number): Promise<Robot | undefined> {
    const readAt = this.#deps.clock.now();
    const known = this.#recent().get(id);
    if (known !== undefined && readAt - known.readAt < MAX_STALE_MS) return known.robot;
    const robot = await this.find(id);
    if (robot === undefined) this.#recent().delete(id);
    else this.#recent().set(id, { robot, readAt });
    return robot;
  }

  list(listing: RobotListing): Promise<readonly Robot[]> {
    return listRobotRows(this.#deps.database.reader, listing);
  }

  count(filter: RobotFilter): Promise<number> {
    return countRobotRows(this.#deps.database.reader, filter);
  }

  async create(input: NewRobot): Promise<{ readonly robot: Robot; readonly secret: string }> {
    const fullName = fullRobotName(input.name, input.project?.name);
    const { database, clock, settings } = this.#deps;
    const durationDays = input.durationDays ?? (await settings()).robotDurationDays;
    assertRobotDuration(durationDays);
    const { secret, secretHash } = await this.#makeSecret(input.secret);
    const robot = await database.execute(createRobot, {
      fullName,
      projectId: input.project?.id,
      description: input.description,
      secretHash,
      durationDays,
      isDisabled: input.isDisabled,
      permissions: input.permissions,
      actor: input.actor,
      now: clock.now(),
    });
    if (robot === undefined) throw new ProductError('CONFLICT', `there is a robot named ${fullName} already`);
    return { robot, secret };
  }

  async update(input: Omit<UpdateRobotInput, 'now'>): Promise<void> {
    assertRobotDuration(input.durationDays);
    const { database, clock } = this.#deps;
    const exists = await database.execute(updateRobot, { ...input, now: clock.now() });
    this.#recent().delete(input.id);
    if (!exists) throw noSuchRobot();
  }

  async rotateSecret({ id, secret: chosen, overlapSeconds, actor }: NewRobotSecret): Promise<string> {
    if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > MAX_OVERLAP_SECONDS) {
      const rule = `overlap_seconds: 0 (the old secret ends at once) to ${MAX_OVERLAP_SECONDS}, which are seven days`;
      throw new ProductError('BAD_REQUEST', rule);
    }
    const { secret, secretHash } = await this.#makeSecret(chosen);
    const { database, clock } = this.#deps;
    const input = { id, secretHash, isChosen: chosen !== undefined, overlapSeconds, actor, now: clock.now() };
    const exists = await database.execute(rotateRobotSecret, input);
    this.#recent().delete(id);
    if (!exists) throw noSuchRobot();
    return secret;
  }

  async delete(id: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    const existed = await database.execute(deleteRobot, { id, actor, now: clock.now() });
    this.#recent().delete(id);
    if (!existed) throw noSuchRobot();
  }

  /** What somebody chose is hashed slowly, what is random fast. */
  async #makeSecret(chosen: string | undefined): Promise<{ readonly secret: string; readonly secretHash: string }> {
    const { ids, hasher } = this.#deps;
    if (chosen !== undefined) {
      assertGoodRobotSecret(chosen);
      return { secret: chosen, secretHash: await hasher.hash(chosen) };
    }
    const secret = generateRobotSecret(ids);
    return { secret, secretHash: hashRandomSecret(secret) };
  }
}

function noSuchRobot(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such robot');
}
