import { filterRows, pageRows } from '../../db/apply-list-query.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { ListQuery } from '../../kernel/list-query.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { RemoteHealth } from '../remote-health.ts';
import type { AdapterMetadata } from './adapter-metadata.ts';
import { type AdapterAnswer, askAdapter } from './ask-adapter.ts';
import {
  type AskedScannerSettings,
  assertCredential,
  checkScanner,
  readAdapterUrl,
  readAuth,
} from './check-scanner.ts';
import {
  DEFAULT_SCANNER_SETTING,
  noSuchScanner,
  placeOfScannerCredential,
  type Scanner,
  type ScannerSettings,
  type ShownScannerRow,
  toScanner,
} from './scanner.ts';
import {
  createScanner,
  deleteScanner,
  setDefaultScanner,
  setProjectScanner,
  updateScanner,
} from './scanner-commands.ts';

export interface ScannersDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
  readonly guard: Pick<EgressGuard, 'fetch'>;
}

/** A scanner, and what its adapter says; undefined: it does not answer, or it is disabled. */
export type ShownScanner = Scanner & { readonly metadata: AdapterMetadata | undefined };

/** Address and credential of an adapter that is tried. */
export interface AdapterTrial {
  readonly url: string;
  readonly auth: string;
  readonly credential: string | undefined;
  readonly isInsecure: boolean;
}

const NEWEST_FIRST = [{ column: 'created_at', descending: true }];

/** The scanners elsewhere: which there are, which is the default one, and which of them projects have chosen. */
export class Scanners {
  readonly #deps: ScannersDeps;
  readonly #health: RemoteHealth<AdapterAnswer>;

  constructor(deps: ScannersDeps) {
    this.#deps = deps;
    this.#health = new RemoteHealth(deps.clock);
  }

  async list(query: ListQuery): Promise<{ readonly scanners: readonly ShownScanner[]; readonly total: number }> {
    // Of a table of its own, so that conditions can name what is not a column: whether it is the default one.
    const from = this.#deps.database.reader.selectFrom(this.#rows().as('scanners'));
    const rows = await pageRows(filterRows(from.selectAll(), query.filters), query, NEWEST_FIRST).execute();
    const count = from.select((row) => row.fn.countAll<number>().as('total'));
    const { total } = await filterRows(count, query.filters).executeTakeFirstOrThrow();
    return { scanners: await Promise.all(rows.map((row) => this.#show(row))), total: Number(total) };
  }

  /** @throws ProductError NOT_FOUND */
  async get(uuid: string): Promise<ShownScanner> {
    return this.#show(await this.#getRow(uuid));
  }

  /** @returns its uuid @throws ProductError BAD_REQUEST, CONFLICT */
  async create(asked: AskedScannerSettings, credential: string | undefined, actor: Actor): Promise<string> {
    const { database, clock, ids } = this.#deps;
    const settings = checkScanner(asked);
    assertCredential(settings.auth, credential);
    const uuid = ids.uuid();
    const sealed = await this.#seal(uuid, settings, credential);
    await database.execute(createScanner, { uuid, settings, credential: sealed, actor, now: clock.now() });
    return uuid;
  }

  /**
   * @param credential undefined: the one that there is
   * @throws ProductError NOT_FOUND, BAD_REQUEST, CONFLICT
   */
  async update(uuid: string, asked: AskedScannerSettings, credential: string | undefined, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    const row = await this.#getRow(uuid);
    const settings = checkScanner(asked);
    assertCredentialIsForIt(row, settings, credential);
    assertCredential(settings.auth, credential ?? (await this.#open(row)));
    const isKept = credential === undefined && settings.auth !== '';
    const sealed = isKept ? undefined : await this.#seal(uuid, settings, credential);
    const { version } = row;
    await database.execute(updateScanner, { uuid, version, settings, credential: sealed, actor, now: clock.now() });
  }

  /** @returns it as it was @throws ProductError NOT_FOUND */
  async delete(uuid: string, actor: Actor): Promise<Scanner> {
    const { database, clock } = this.#deps;
    const scanner = toScanner(await this.#getRow(uuid));
    await database.execute(deleteScanner, { uuid, actor, now: clock.now() });
    return scanner;
  }

  /** @throws ProductError NOT_FOUND, PRECONDITION (it is disabled) */
  async makeDefault(uuid: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await database.execute(setDefaultScanner, { uuid, actor, now: clock.now() });
  }

  /** Tries an address and a credential. @throws ProductError BAD_REQUEST, also with what is wrong with the adapter */
  async ping({ url, auth, credential, isInsecure }: AdapterTrial): Promise<void> {
    const target = { url: readAdapterUrl(url), auth: readAuth(auth), credential, isInsecure };
    assertCredential(target.auth, credential);
    const answer = await askAdapter(this.#deps.guard, target);
    if (!answer.isHealthy) throw new ProductError('BAD_REQUEST', `the scanner is unhealthy: ${answer.reason}`);
  }

  /** What its adapter says now. @throws ProductError NOT_FOUND, PRECONDITION (it does not answer as an adapter) */
  async readMetadata(uuid: string): Promise<AdapterMetadata> {
    const row = await this.#getRow(uuid);
    const answer = await this.#ask(row);
    this.#health.note(keyOf(row), answer);
    if (answer.isHealthy) return answer.metadata;
    throw new ProductError('PRECONDITION', `the scanner ${row.name} is unhealthy: ${answer.reason}`);
  }

  /** The one that the project has chosen, or the default one; undefined: there is none. */
  async findOfProject(projectId: number): Promise<ShownScanner | undefined> {
    const { reader } = this.#deps.database;
    const chosen = reader.selectFrom('project_scanners').select('scanner_id').where('project_id', '=', projectId);
    const row = (await this.#rows().where('id', 'in', chosen).executeTakeFirst()) ?? (await this.#findDefaultRow());
    return row === undefined ? undefined : this.#show(row);
  }

  /** @throws ProductError PROJECT_NOT_FOUND, NOT_FOUND (the scanner) */
  async setOfProject(projectId: number, uuid: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await database.execute(setProjectScanner, { projectId, uuid, actor, now: clock.now() });
  }

  /** @throws ProductError PRECONDITION: there is none */
  async assertDefault(): Promise<void> {
    if ((await this.#findDefaultRow()) !== undefined) return;
    throw new ProductError('PRECONDITION', 'there is no default scanner: register one, and make it the default');
  }

  async #findDefaultRow(): Promise<ShownScannerRow | undefined> {
    return this.#rows().where('uuid', 'in', this.#defaultUuid()).executeTakeFirst();
  }

  async #getRow(uuid: string): Promise<ShownScannerRow> {
    const row = await this.#rows().where('uuid', '=', uuid).executeTakeFirst();
    if (row === undefined) throw noSuchScanner();
    return row;
  }

  #rows() {
    return this.#deps.database.reader
      .selectFrom('scanners')
      .selectAll()
      .select((row) =>
        row.case().when('uuid', 'in', this.#defaultUuid()).then<number>(1).else<number>(0).end().as('is_default'),
      );
  }

  #defaultUuid() {
    const { reader } = this.#deps.database;
    return reader.selectFrom('settings').select('value').where('settings.name', '=', DEFAULT_SCANNER_SETTING);
  }

  async #show(row: ShownScannerRow): Promise<ShownScanner> {
    const scanner = toScanner(row);
    if (scanner.isDisabled) return { ...scanner, metadata: undefined };
    const answer = await this.#health.get(keyOf(row), () => this.#ask(row), UNKNOWN);
    return { ...scanner, metadata: answer.isHealthy ? answer.metadata : undefined };
  }

  async #ask(row: ShownScannerRow): Promise<AdapterAnswer> {
    const { url, auth, isInsecure } = toScanner(row);
    return askAdapter(this.#deps.guard, { url, auth, isInsecure, credential: await this.#open(row) });
  }

  async #seal(uuid: string, { auth }: ScannerSettings, credential: string | undefined): Promise<Buffer | null> {
    if (auth === '' || !credential) return null;
    return this.#deps.secrets.seal(placeOfScannerCredential(uuid), Buffer.from(credential));
  }

  async #open({ uuid, access_credential: sealed }: ShownScannerRow): Promise<string | undefined> {
    if (sealed === null) return undefined;
    return (await this.#deps.secrets.open(placeOfScannerCredential(uuid), sealed)).toString('utf8');
  }
}

const UNKNOWN: AdapterAnswer = { isHealthy: false, reason: 'it has not answered yet' };

/** Another one after each change. */
function keyOf({ uuid, version }: ShownScannerRow): string {
  return `${uuid}:${version}`;
}

/**
 * A credential goes to the host that it was given for, checked as it was then, or whoever may change the address could read it.
 * @throws ProductError BAD_REQUEST
 */
function assertCredentialIsForIt(
  row: ShownScannerRow,
  { url, auth, isInsecure }: ScannerSettings,
  credential: string | undefined,
): void {
  if (row.access_credential === null || credential !== undefined || auth === '') return;
  const isSame =
    new URL(row.url).origin === new URL(url).origin && row.auth === auth && (!isInsecure || row.is_insecure !== 0);
  if (isSame) return;
  throw new ProductError(
    'BAD_REQUEST',
    'access_credential was given for another address, another auth, or another check of its certificate: give it again',
  );
}
