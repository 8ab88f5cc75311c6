import { createHash } from 'node:crypto';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { insertSignIn, type SignInStage, type TakenSignIn, takeSignIn } from './sign-in-commands.ts';

const LIFETIME_MS = 10 * 60_000;
const MAX_SECRET_LENGTH = 128;

export interface SignInUnderWay<Detail> extends Omit<TakenSignIn, 'detail'> {
  readonly detail: Detail;
}

/** What names a sign-in: `key` travels by the provider, `browserSecret` rests in a cookie of the browser that began it. */
export interface SignInHandle {
  readonly key: string;
  readonly browserSecret: string;
}

/** Sign-ins between two requests of one browser: ten minutes, taken once. The database holds hashes of what names them. */
export class SignInsUnderWay {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor(database: InstanceDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @param input.expiresAt of one that is put back; default: ten minutes from now */
  async put(
    { key, browserSecret }: SignInHandle,
    input: {
      readonly stage: SignInStage;
      readonly providerId: string;
      readonly providerVersion: number;
      readonly detail: object;
      readonly expiresAt?: number;
    },
  ): Promise<void> {
    const now = this.#clock.now();
    await this.#database.execute(
      insertSignIn,
      {
        ...{ keyHash: hashOf(key), browserHash: hashOf(browserSecret), stage: input.stage, now },
        ...{ providerId: input.providerId, providerVersion: input.providerVersion },
        detail: JSON.stringify(input.detail),
        expiresAt: input.expiresAt ?? now + LIFETIME_MS,
      },
      'crash',
    );
  }

  /** @returns undefined when it is none, over, taken before, or begun by another browser */
  async take<Detail>(
    { key, browserSecret }: SignInHandle,
    stage: SignInStage,
  ): Promise<SignInUnderWay<Detail> | undefined> {
    if (key.length > MAX_SECRET_LENGTH || browserSecret.length > MAX_SECRET_LENGTH) return undefined;
    const input = { keyHash: hashOf(key), browserHash: hashOf(browserSecret), stage, now: this.#clock.now() };
    const taken = await this.#database.execute(takeSignIn, input);
    return taken === undefined ? undefined : { ...taken, detail: JSON.parse(taken.detail) as Detail };
  }
}

/** 256 random bits need no slow hash. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
