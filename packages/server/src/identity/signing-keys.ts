import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Secrets } from '../kernel/secrets-envelope.ts';
import { ensureSigningKey, SIGNING_KEY_SETTING } from './ensure-signing-key.ts';
import type { NewSigningKey } from './insert-signing-key.ts';
import { rotateSigningKey } from './rotate-signing-key.ts';

export const SIGNING_ALGORITHM = 'ES256';

const KEY_ID_BYTES = 16;
const KEY_ID = /^[0-9a-f]{32}$/;
/** How long a process may sign with a key after another one has put a new key in its place. */
const MAX_STALE_SIGNER_MS = 2_000;
/** How long a process may go on with what it knows of the keys that verify. */
const MAX_STALE_MS = 30_000;
/** The longest life of a token, and time for every process to notice a rotation. */
const RETIRED_KEY_LIFE_MS = 25 * 3_600_000;

/** The ES256 keys that sign an instance's registry tokens. The first is made when it is first needed. */
export interface SigningKeys {
  /** The key that signs now. */
  getSigner(): Promise<{ readonly keyId: string; readonly privateKey: CryptoKey }>;
  /** One of this instance's keys whose tokens are still honoured. */
  findVerifier(keyId: string): Promise<CryptoKey | undefined>;
  /** A new key signs from now on here, and within 2 s in other processes; what was signed before stays valid. */
  rotate(actor: Actor): Promise<void>;
  /** The public keys whose tokens are honoured. */
  listPublicKeys(): Promise<JSONWebKeySet>;
}

export interface SigningKeysDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  readonly secrets: Secrets;
}

interface Known<Key> {
  readonly key: Key;
  readonly readAt: number;
}

interface Signer {
  readonly keyId: string;
  readonly privateKey: CryptoKey;
}

export function createSigningKeys(dependencies: SigningKeysDependencies): SigningKeys {
  return new DatabaseSigningKeys(dependencies);
}

class DatabaseSigningKeys implements SigningKeys {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;
  readonly #ids: Pick<Ids, 'hex'>;
  readonly #secrets: Secrets;
  readonly #publicKey: (
    values: readonly [string],
  ) => Promise<readonly { readonly public_jwk: string; readonly expires_at: number | null }[]>;
  readonly #verifiers = new Map<string, Known<{ publicKey: CryptoKey; expiresAt: number | null }>>();
  #signer: Known<Promise<Signer>> | undefined;

  constructor(dependencies: SigningKeysDependencies) {
    this.#database = dependencies.database;
    this.#clock = dependencies.clock;
    this.#ids = dependencies.ids;
    this.#secrets = dependencies.secrets;
    this.#publicKey = dependencies.database.prepareRead(
      'signing_key_public',
      'select public_jwk, expires_at from signing_keys where id = ?',
    );
  }

  getSigner(): Promise<Signer> {
    const now = this.#clock.now();
    const known = this.#signer;
    if (known !== undefined && now - known.readAt < MAX_STALE_SIGNER_MS) return known.key;
    const key = this.#loadSigner(known?.key);
    const loading = { key, readAt: now };
    this.#signer = loading;
    key.catch(() => {
      if (this.#signer === loading) this.#signer = undefined;
    });
    return key;
  }

  async findVerifier(keyId: string): Promise<CryptoKey | undefined> {
    // Key ids are ours: anything of another form (a path, a statement) is not looked up.
    if (!KEY_ID.test(keyId)) return undefined;
    const now = this.#clock.now();
    let known = this.#verifiers.get(keyId);
    if (known === undefined || now - known.readAt >= MAX_STALE_MS) {
      this.#verifiers.delete(keyId);
      const [row] = await this.#publicKey([keyId]);
      if (row === undefined) return undefined;
      const publicKey = await importKey(JSON.parse(row.public_jwk));
      known = { key: { publicKey, expiresAt: row.expires_at }, readAt: now };
      this.#verifiers.set(keyId, known);
    }
    const { publicKey, expiresAt } = known.key;
    return expiresAt === null || expiresAt > now ? publicKey : undefined;
  }

  async rotate(actor: Actor): Promise<void> {
    const successor = await this.#createKey();
    const predecessorsExpireAt = successor.now + RETIRED_KEY_LIFE_MS;
    await this.#database.execute(rotateSigningKey, { successor, predecessorsExpireAt, actor });
    this.#signer = undefined;
    this.#verifiers.clear();
  }

  async listPublicKeys(): Promise<JSONWebKeySet> {
    const now = this.#clock.now();
    const rows = await this.#database.reader
      .selectFrom('signing_keys')
      .select(['id', 'public_jwk'])
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now)]))
      .orderBy('created_at', 'desc')
      .execute();
    const keys = rows.map((row) => ({
      ...JSON.parse(row.public_jwk),
      kid: row.id,
      alg: SIGNING_ALGORITHM,
      use: 'sig',
    }));
    return { keys };
  }

  /** @param known the signer until now: most times it still is */
  async #loadSigner(known: Promise<Signer> | undefined): Promise<Signer> {
    const keyId = (await this.#findSignerId()) ?? (await this.#createSigner());
    const before = await known?.catch(() => undefined);
    if (before?.keyId === keyId) return before;
    const { private_jwk } = await this.#database.reader
      .selectFrom('signing_keys')
      .select('private_jwk')
      .where('id', '=', keyId)
      .executeTakeFirstOrThrow();
    const jwk = await this.#secrets.open(placeOfSigningKey(keyId), private_jwk);
    return { keyId, privateKey: await importKey(JSON.parse(jwk.toString('utf8'))) };
  }

  async #findSignerId(): Promise<string | undefined> {
    const row = await this.#database.reader
      .selectFrom('settings')
      .select('value')
      .where('name', '=', SIGNING_KEY_SETTING)
      .executeTakeFirst();
    return row?.value;
  }

  async #createSigner(): Promise<string> {
    const candidate = await this.#createKey();
    return this.#database.execute(ensureSigningKey, candidate);
  }

  async #createKey(): Promise<NewSigningKey> {
    const id = this.#ids.hex(KEY_ID_BYTES);
    const { publicKey, privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
    const privateJwk = Buffer.from(JSON.stringify(await exportJWK(privateKey)));
    return {
      id,
      publicJwk: JSON.stringify(await exportJWK(publicKey)),
      privateJwk: await this.#secrets.seal(placeOfSigningKey(id), privateJwk),
      now: this.#clock.now(),
    };
  }
}

/** Where the private half is sealed. */
export function placeOfSigningKey(keyId: string): string {
  return `signing_keys|${keyId}|private_jwk`;
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, SIGNING_ALGORITHM);
  if (key instanceof Uint8Array) throw new Error('a signing key is not an elliptic curve key');
  return key;
}
