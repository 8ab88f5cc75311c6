import type { Kysely } from 'kysely';
import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Secrets } from '../../../kernel/secrets-envelope.ts';
import { FILE_WITNESS, type NewWitness, placeOfWitness, type Witness, type WitnessKind } from './witness.ts';
import { putAuditWitness, removeAuditWitness } from './witness-commands.ts';

export interface WitnessesDeps {
  readonly database: InstanceDatabase;
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** The operator's own, if there is one. */
  readonly file: string | undefined;
}

export const MAX_WITNESSES = 10;
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Who keeps the log's checkpoints outside. */
export class Witnesses {
  readonly #deps: WitnessesDeps;

  constructor(deps: WitnessesDeps) {
    this.#deps = deps;
  }

  async list(): Promise<readonly Witness[]> {
    const rows = await listWitnessRows(this.#deps.database.reader);
    return rows.filter(({ name }) => name !== FILE_WITNESS || this.#deps.file !== undefined).map(toWitness);
  }

  /** @throws ProductError VALIDATION, CONFLICT when there are too many */
  async put(name: string, witness: NewWitness, actor: Actor): Promise<void> {
    assertName(name);
    const { database, secrets, clock } = this.#deps;
    const others = (await listWitnessRows(database.reader)).filter((row) => row.name !== name);
    if (others.length >= MAX_WITNESSES) {
      throw new ProductError('CONFLICT', `There are ${others.length} witnesses already: remove one first.`);
    }
    const { settings, secret } = splitSecret(witness);
    await database.execute(putAuditWitness, {
      name,
      kind: witness.kind,
      settings: JSON.stringify(settings),
      secret: await secrets.seal(placeOfWitness(name), Buffer.from(JSON.stringify(secret))),
      actor,
      now: clock.now(),
    });
  }

  /** @throws ProductError NOT_FOUND */
  async remove(name: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    const input = { name, actor, now: clock.now() };
    const isThere = name !== FILE_WITNESS && (await database.execute(removeAuditWitness, input));
    if (!isThere) throw new ProductError('NOT_FOUND', `There is no witness ${JSON.stringify(name)} to be removed.`);
  }
}

export function listWitnessRows(db: Kysely<InstanceSchema>) {
  return db.selectFrom('audit_witnesses').selectAll().orderBy('name').execute();
}

function assertName(name: string): void {
  if (NAME.test(name) && name !== FILE_WITNESS) return;
  throw new ProductError(
    'VALIDATION',
    `The name of a witness has small letters, digits and hyphens, and is not ${FILE_WITNESS}, which is the operator's.`,
  );
}

/** What may be shown, and what may not. @throws ProductError VALIDATION */
function splitSecret(witness: NewWitness) {
  const address = parseAddress(witness.kind === 'webhook' ? witness.url : witness.endpoint);
  if (witness.kind === 'webhook') {
    if (address.protocol !== 'https:')
      throw new ProductError('VALIDATION', 'The address of a webhook begins with https://.');
    const { url, authorization } = witness;
    return { settings: { origin: address.origin }, secret: { url, authorization } };
  }
  const { region, bucket, prefix, accessKeyId, secretAccessKey } = witness;
  return {
    settings: { endpoint: address.origin, region, bucket, prefix, accessKeyId },
    secret: { secretAccessKey },
  };
}

function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url !== undefined && isWeb && url.username === '' && url.password === '') return url;
  throw new ProductError('VALIDATION', 'The address has to be a URL, without a user name and a password in it.');
}

function toWitness(row: Awaited<ReturnType<typeof listWitnessRows>>[number]): Witness {
  return {
    name: row.name,
    kind: row.kind as WitnessKind,
    settings: JSON.parse(row.settings),
    deliveredSize: row.delivered_size,
    deliveredAt: row.delivered_at ?? undefined,
    failures: row.failures,
    retryAt: row.retry_at ?? undefined,
    error: row.error ?? undefined,
  };
}
