import { randomBytes } from 'node:crypto';
import { appendFile, chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createDatabase } from './create-database.ts';
import { findFreePort } from './find-free-port.ts';
import { POSTGRES_USER, PostgresServer } from './postgres-server.ts';
import type { CleanUp } from './process/clean-up.ts';

const STANDBY_TIMEOUT_MS = 120_000;
const PROMOTE_TIMEOUT_S = 60;
const POLL_MS = 100;
/** How long a write to a primary without its standby is given to be acknowledged, which it must not be. */
const SPLIT_WRITE_MS = 2_000;

/** What was seen of an old primary that came back as if nothing had happened. */
export interface SplitBrainLook {
  /** Connections of the nodes that it had. */
  readonly nodeConnections: number;
  /** Whether it acknowledged a write. */
  readonly hasAcknowledged: boolean;
}

/** A primary and its synchronous standby, and what their operator does. */
export class PostgresPair {
  #primary: PostgresServer;
  #standby: PostgresServer;
  readonly #database: string;

  /** @param folder of this pair alone */
  static async start(folder: string, database: string, cleanUp: CleanUp): Promise<PostgresPair> {
    const password = randomBytes(18).toString('base64url');
    const [primary, standby] = await Promise.all(
      ['alpha', 'beta'].map(
        async (name) =>
          new PostgresServer({ name, port: await findFreePort(), password, folder: path.join(folder, name) }),
      ),
    );
    if (primary === undefined || standby === undefined) throw new Error('there are two servers');
    const passwordFile = path.join(folder, 'password');
    await writeFile(passwordFile, password);
    await chmod(passwordFile, 0o644);
    const access = [`--username=${POSTGRES_USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const format = ['--encoding=UTF8', '--locale=C', '--data-checksums', '--no-sync'];
    await primary.tool('initdb', [`--pgdata=${primary.dataDir}`, ...access, ...format]);
    await rm(passwordFile);
    const pair = new PostgresPair(primary, standby, database);
    cleanUp.defer(() => pair.killNow());
    await primary.start();
    await createDatabase(primary.urlOf('postgres'), database);
    await pair.#copyStandby();
    await pair.#followWithStandby();
    return pair;
  }

  private constructor(primary: PostgresServer, standby: PostgresServer, database: string) {
    this.#primary = primary;
    this.#standby = standby;
    this.#database = database;
  }

  get primary(): PostgresServer {
    return this.#primary;
  }

  get standby(): PostgresServer {
    return this.#standby;
  }

  /** The URL of the nodes' database at another place. */
  urlAt({ host, port }: { readonly host: string; readonly port: number }): string {
    const url = new URL(this.#primary.urlOf(this.#database));
    url.hostname = host;
    url.port = String(port);
    return url.href;
  }

  async restartPrimary(): Promise<void> {
    await this.#primary.stop();
    await this.#primary.start();
  }

  /** The standby has confirmed everything so far, and is waited for with each commit from now on. */
  async untilSynchronous(): Promise<void> {
    const deadline = Date.now() + STANDBY_TIMEOUT_MS;
    const text = `select 1 from pg_stat_replication where application_name = '${this.#standby.name}' and state = 'streaming' and sync_state in ('sync', 'quorum')`;
    while ((await this.#primary.query(text)).length === 0) {
      if (Date.now() > deadline) throw new Error(`the standby does not follow:\n${this.#standby.log()}`);
      await pause(POLL_MS);
    }
  }

  /** The machine of the primary is gone. The operator has the standby take over, without a standby of its own for now. */
  async failOver(): Promise<void> {
    await this.#primary.kill();
    const next = this.#standby;
    // Without this the new primary would wait for a standby with each commit. Only a server that is known to be fenced is left behind.
    await next.query("alter system set synchronous_standby_names = ''");
    await next.query('select pg_reload_conf()');
    await next.query(`select pg_promote(true, ${PROMOTE_TIMEOUT_S})`);
    [this.#primary, this.#standby] = [next, this.#primary];
  }

  /**
   * The old primary comes back as it was, believing that it still is the primary: the mistake that an operator must not
   * make. Nobody is led to it, and without its standby it acknowledges nothing.
   */
  async returnUnchanged(listenMs: number): Promise<SplitBrainLook> {
    const old = this.#standby;
    await old.start();
    const write = old.withClient(this.#database, async (client) => {
      await client.query('create table split_brain (id int)');
      return true;
    });
    const hasAcknowledged = await Promise.race([write.catch(() => false), pause(SPLIT_WRITE_MS).then(() => false)]);
    await pause(listenMs);
    const [row] = await old.query<{ count: number }>(
      "select count(*)::int as count from pg_stat_activity where application_name = 'roadstead'",
    );
    await old.stop();
    return { nodeConnections: row?.count ?? 0, hasAcknowledged };
  }

  /** The old primary comes back as it should: rewound to where its successor began, as the successor's standby. */
  async returnAsStandby(): Promise<'rewound' | 'copied'> {
    const old = this.#standby;
    const source = this.#primary.urlOf('postgres');
    // Until its first checkpoint the successor's control file names the old timeline, and pg_rewind 15 finds nothing to do.
    await this.#primary.query('checkpoint');
    const how = await old
      .tool('pg_rewind', [`--target-pgdata=${old.dataDir}`, `--source-server=${source}`, '--no-sync'])
      .then(
        () => 'rewound' as const,
        () => 'copied' as const,
      );
    if (how === 'copied') await this.#copyStandby();
    await this.#followWithStandby();
    return how;
  }

  /** Why the standby would take a write, if it would. */
  async findWritableStandby(): Promise<string | undefined> {
    try {
      await this.#standby.query('create table split_brain (id int)', this.#database);
      return 'the standby has taken a write';
    } catch (error) {
      const isRefused = error instanceof Error && 'code' in error && error.code === '25006';
      return isRefused ? undefined : `the standby refused a write by another reason: ${String(error)}`;
    }
  }

  /** Ends everything without waiting: for the end of a run by a signal. */
  killNow(): void {
    for (const server of [this.#primary, this.#standby]) server.killNow();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#standby.stop(), this.#primary.stop()]);
  }

  async #copyStandby(): Promise<void> {
    await rm(this.#standby.dataDir, { recursive: true, force: true });
    const from = [`--dbname=${this.#primary.urlOf('postgres')}`, '--checkpoint=fast', '--wal-method=stream'];
    await this.#standby.tool('pg_basebackup', [`--pgdata=${this.#standby.dataDir}`, ...from, '--no-sync']);
  }

  async #followWithStandby(): Promise<void> {
    const { dataDir } = this.#standby;
    const source = this.#primary.urlOf('postgres');
    await appendFile(path.join(dataDir, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
    await writeFile(path.join(dataDir, 'standby.signal'), '');
    await this.#standby.start();
    await this.#primary.query(`alter system set synchronous_standby_names = '"${this.#standby.name}"'`);
    await this.#primary.query('select pg_reload_conf()');
    await this.untilSynchronous();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
