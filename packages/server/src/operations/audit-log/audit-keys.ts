import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { auditOrigin, formatVerifierKey, parseVerifierKey, type VerifierKey } from '@roadstead/archive';
import type { Kysely } from 'kysely';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { type EnsureAuditKeyInput, ensureAuditKey } from './ensure-audit-key.ts';

export interface AuditKeysDeps {
  readonly instanceId: string;
  readonly database: InstanceDatabase;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
}

export interface AuditSigner {
  readonly id: string;
  readonly key: VerifierKey;
  readonly privateKey: KeyObject;
}

/** A key without its private half. */
export interface PublicAuditKey {
  readonly id: string;
  /** `NAME+HASH+KEY` */
  readonly key: string;
  readonly createdAt: number;
  readonly retiredAt: number | undefined;
}

const KEY_ID_BYTES = 8;

/** The Ed25519 keys that sign the log's checkpoints. The first is made when it is first needed. */
export class AuditKeys {
  readonly #deps: AuditKeysDeps;

  constructor(deps: AuditKeysDeps) {
    this.#deps = deps;
  }

  /** The key that signs now. */
  async getSigner(): Promise<AuditSigner> {
    const { database, secrets } = this.#deps;
    let row = (await findSigningRow(database.reader)) ?? (await this.#create());
    // After a rebuild without the master key of before: that key has signed its last.
    if (!(await opens(secrets, row))) row = await this.#create({ replaces: row.id });
    const der = await secrets.open(placeOfAuditKey(row.id), row.private_key);
    return {
      id: row.id,
      key: parseVerifierKey(row.public_key),
      privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
    };
  }

  /** Another key signs from here on. Of two who ask at once for one in the place of the same, both get the same. */
  async rotate(actor: Actor): Promise<PublicAuditKey> {
    const { id: replaces } = await this.getSigner();
    const { id } = await this.#create({ replaces, actor });
    const made = (await this.list()).find((key) => key.id === id);
    if (made === undefined) throw new Error('the key of the audit log was made, and is not there');
    return made;
  }

  /** The oldest first. */
  async list(): Promise<readonly PublicAuditKey[]> {
    const rows = await this.#deps.database.reader
      .selectFrom('audit_keys')
      .select(['id', 'public_key', 'created_at', 'retired_at'])
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      key: row.public_key,
      createdAt: row.created_at,
      retiredAt: row.retired_at ?? undefined,
    }));
  }

  async #create(asked: Pick<EnsureAuditKeyInput, 'replaces' | 'actor'> = {}) {
    const { database, secrets, instanceId, clock, ids } = this.#deps;
    const id = ids.hex(KEY_ID_BYTES);
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    await database.execute(ensureAuditKey, {
      id,
      publicKey: formatVerifierKey(auditOrigin(instanceId), raw),
      privateKey: await secrets.seal(placeOfAuditKey(id), der),
      ...asked,
      now: clock.now(),
    });
    const row = await findSigningRow(database.reader);
    if (row === undefined) throw new Error('the key of the audit log was made, and is not there');
    return row;
  }
}

async function opens(secrets: Secrets, { id, private_key }: { readonly id: string; readonly private_key: Buffer }) {
  try {
    await secrets.open(placeOfAuditKey(id), private_key);
    return true;
  } catch {
    return false;
  }
}

/** Where the private half is sealed. */
export function placeOfAuditKey(keyId: string): string {
  return `audit_keys|${keyId}|private_key`;
}

function findSigningRow(db: Kysely<InstanceSchema>) {
  return db
    .selectFrom('audit_keys')
    .select(['id', 'public_key', 'private_key'])
    .where('retired_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}
