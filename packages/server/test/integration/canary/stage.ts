import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createSelfSignedCertificate } from '../../support/create-self-signed-certificate.ts';
import { findFreePort } from '../../support/find-free-port.ts';
import { type RunningRoadstead, startRoadstead } from '../../support/start-roadstead.ts';
import { SyslogReceiver } from '../../support/syslog-receiver.ts';
import { createEngineDatabase, type Engine } from '../support/engines.ts';
import type { Answer } from '../support/http-client.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { CanaryBook } from './canary-book.ts';
import { EchoingReceiver } from './echoing-receiver.ts';
import { FIELD_NAMES, type Field } from './fields.ts';
import { KeptAnswers } from './kept-answers.ts';

export type Env = Readonly<Record<string, string>>;

/** What a request brings besides its address. */
export interface Asked {
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PROCESSES = 2;
const DAY_MS = 86_400_000;

/** A server of two processes that says all it can say, with a canary in each of its settings, and those around it. */
export class Stage implements AsyncDisposable {
  readonly engine: Engine;
  readonly book = new CanaryBook();
  readonly answers: KeptAnswers = new KeptAnswers(this.book);
  /** No secret, and sent with each request: whoever looks at a place finds it there, or cannot see. */
  readonly marker = `Seen-${randomBytes(8).toString('hex')}`;
  readonly syslog = new SyslogReceiver();
  readonly #resources = new AsyncDisposableStack();
  readonly #echoing: EchoingReceiver;
  #server: RunningRoadstead | undefined;
  #env: Env = {};
  #folder = '';
  metricsUrl = '';

  private constructor(engine: Engine, receiver: EchoingReceiver) {
    this.engine = engine;
    this.#echoing = receiver;
  }

  static async open(engine: Engine): Promise<Stage> {
    const notBefore = new Date(Date.now() - DAY_MS);
    const pair = createSelfSignedCertificate({
      name: 'localhost',
      notBefore,
      notAfter: new Date(Date.now() + DAY_MS),
    });
    const stage = new Stage(engine, new EchoingReceiver(pair));
    try {
      await stage.#open(pair.certPem);
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
    return stage;
  }

  async #open(certificate: string): Promise<void> {
    const { book } = this;
    this.#folder = await mkdtemp(path.join(tmpdir(), 'roadstead-canary-'));
    this.#resources.defer(() => rm(this.#folder, { recursive: true, force: true }));
    for (const receiver of [this.#echoing, this.syslog]) {
      await receiver.open();
      this.#resources.defer(() => receiver.close());
    }
    const authority = path.join(this.#folder, 'authority.pem');
    await writeFile(authority, certificate);
    const listen = `127.0.0.1:${await findFreePort()}`;
    this.metricsUrl = `http://${listen}/metrics`;
    this.#env = {
      NODE_EXTRA_CA_CERTS: authority,
      ROADSTEAD_ADMIN_PASSWORD: book.right('setting adminPassword'),
      ROADSTEAD_MASTER_KEY_FILE: await this.#writeKey('master key'),
      ROADSTEAD_MASTER_KEY_PREVIOUS_FILE: await this.#writeKey('master key of before'),
      ROADSTEAD_METRICS_LISTEN: listen,
      ROADSTEAD_LOG_LEVEL: 'trace',
      ROADSTEAD_PROCESSES: String(PROCESSES),
      ROADSTEAD_EXTERNAL_URL: 'https://canary.example',
      ROADSTEAD_EGRESS_ALLOW: 'localhost,127.0.0.1/32',
      ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32',
      ROADSTEAD_RECOVERY_INTERVAL: '200ms',
      ROADSTEAD_AUDIT_INTERVAL: '200ms',
      ...(this.engine === 'postgres' && (await this.#createDatabase())),
    };
    this.#server = await startRoadstead({ dataDir: path.join(this.#folder, 'data'), env: this.#env });
    this.#resources.defer(() => this.stop());
  }

  get url(): string {
    return this.#running.url;
  }

  get dataDir(): string {
    return this.#running.dataDir;
  }

  /** For files of a test, outside the data folder. */
  get folder(): string {
    return this.#folder;
  }

  get pid(): number {
    return this.#running.pid;
  }

  get log(): string {
    return this.#running.log();
  }

  /** What commands on the server's machine are told. */
  get env(): Env {
    return { ...this.#env, ROADSTEAD_DATA: this.dataDir };
  }

  get receiver(): EchoingReceiver {
    return this.#echoing;
  }

  get admin(): RegistryClient {
    return this.clientOf('admin', this.book.right('setting adminPassword'));
  }

  get anonymous(): RegistryClient {
    return new RegistryClient(this.url, { 'user-agent': this.marker });
  }

  clientOf(username: string, password: string): RegistryClient {
    return RegistryClient.withBasic(this.url, { username, password }, { 'user-agent': this.marker });
  }

  /** As from a network of the field's own, so that the throttle of one field's wrong tries meets no other. */
  from(client: RegistryClient, field: Field): RegistryClient {
    return client.with({ 'x-forwarded-for': `198.51.${FIELD_NAMES.indexOf(field)}.7` });
  }

  /** Asks, and keeps the answer. */
  ask(client: RegistryClient, method: string, target: string, asked: Asked = {}): Promise<Answer> {
    const { json, form, text, headers = {} } = asked;
    const type = json === undefined ? (form === undefined ? undefined : FORM_TYPE) : JSON_TYPE;
    const body =
      json === undefined ? (form === undefined ? text : new URLSearchParams(form).toString()) : JSON.stringify(json);
    const options = { method, body, headers: { ...(type !== undefined && { 'content-type': type }), ...headers } };
    return this.answers.keep(`${method} ${target.split('?')[0]}`, client.send(target, options));
  }

  /** As `ask`. @throws Error for another status, without which the test would show nothing */
  async expect(status: number, ...asking: Parameters<Stage['ask']>): Promise<Answer> {
    const answer = await this.ask(...asking);
    if (answer.status === status) return answer;
    throw new Error(`${asking[1]} ${asking[2]} was answered ${answer.status} rather than ${status}: ${answer.text}`);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  get #running(): RunningRoadstead {
    if (this.#server === undefined) throw new Error('the server does not run');
    return this.#server;
  }

  /** @returns its file */
  async #writeKey(field: 'master key' | 'master key of before'): Promise<string> {
    const key = randomBytes(32);
    this.book.keep(field, key);
    const file = path.join(this.#folder, `${field.replaceAll(' ', '-')}.key`);
    await writeFile(file, key.toString('hex'), { mode: 0o600 });
    return file;
  }

  /** A database that the server enters by a password of its own, and a standby that never answers. */
  async #createDatabase(): Promise<Env> {
    const { url, drop } = await createEngineDatabase();
    const role = `canary_${randomBytes(6).toString('hex')}`;
    const password = this.book.right('setting databaseUrl');
    await execute(url, `create role ${role} login superuser password ${pg.escapeLiteral(password)}`);
    this.#resources.defer(async () => {
      const owner = new URL(url);
      owner.pathname = '/postgres';
      await drop();
      await execute(owner.href, `drop role ${role}`);
    });
    const own = new URL(url);
    own.username = role;
    own.password = encodeURIComponent(password);
    const standby = new URL(url);
    standby.username = role;
    standby.password = encodeURIComponent(this.book.right('setting databaseReplicaUrl'));
    return { ROADSTEAD_DATABASE_URL: own.href, ROADSTEAD_DATABASE_REPLICA_URL: standby.href };
  }
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
