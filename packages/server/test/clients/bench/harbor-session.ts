import assert from 'node:assert/strict';
import path from 'node:path';
import type { ClientHome } from './client-home.ts';
import type { Bench, Cell } from './client-suite.ts';
import type { HarborOperation } from './harbor-operation.ts';
import { asNotServedYet } from './not-served-yet.ts';
import type { Registry } from './registry.ts';

/** Where our own programs for the clients of Harbor's API are. */
export const HARBOR_PROGRAMS = path.resolve(import.meta.dirname, '../harbor');

/** Lists in which a walk could leave something, and what is a name in them. */
const LISTS = [
  ['projects', 'name'],
  ['users', 'username'],
  ['usergroups', 'group_name'],
  ['robots', 'name'],
  ['labels?scope=g', 'name'],
  ['registries', 'name'],
  ['replication/policies', 'name'],
  ['scanners', 'name'],
  ['p2p/preheat/instances', 'name'],
] as const;

/** What there is once, and a walk has to put back. */
const SETTINGS = [
  'configurations',
  'system/gc/schedule',
  'system/purgeaudit/schedule',
  'system/scanAll/schedule',
] as const;

const STANDING_SCANNER = 'standing-scanner';

/** Walks change what there is once, so one cell runs at a time. */
let queue: Promise<unknown> = Promise.resolve();

function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  const done = queue.then(work, work);
  queue = done.catch(() => {});
  return done;
}

export type Walk = (session: HarborSession, operation: HarborOperation) => Promise<unknown>;

/** What the cells of one client of Harbor's API share. */
export class HarborSession {
  readonly home: ClientHome;
  readonly registry: Registry;
  /** Part of the name of everything that the client makes. */
  readonly slug: string;
  #settings = '';

  private constructor(bench: Bench, slug: string, home: ClientHome) {
    this.registry = bench.registry;
    this.slug = slug;
    this.home = home;
  }

  /** Pushes what the walk looks at with crane: an image, and an index. */
  static async open(bench: Bench, slug: string, home: ClientHome): Promise<HarborSession> {
    const session = new HarborSession(bench, slug, home);
    const crane = await bench.toolbox.get('crane');
    const { host, access } = bench.registry;
    await home.run(crane, ['auth', 'login', host, '-u', access.username, '-p', access.password]);
    await home.run(crane, ['push', bench.images.amd64.layout, `${host}/${access.project}/${slug}/app:v1`]);
    await home.run(crane, [
      'push',
      '--index',
      bench.images.multi.layout,
      `${host}/${access.project}/${slug}/app:multi`,
    ]);
    session.#settings = await alone(async () => {
      await session.#ensureScanner();
      return session.#readSettings();
    });
    return session;
  }

  /** Runs what changes settings that there are once: no other walk runs meanwhile. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return alone(work);
  }

  get api(): string {
    return `http://${this.registry.host}/api/v2.0`;
  }

  /** What our programs read from their environment. */
  get env(): Readonly<Record<string, string>> {
    const { username, password, project } = this.registry.access;
    return {
      ...{ HARBOR_API: this.api, HARBOR_USERNAME: username, HARBOR_PASSWORD: password },
      ...{ WALK_SLUG: this.slug, WALK_PROJECT: project },
    };
  }

  /** Asserts that nothing is left of what the walk made, and that every setting is as it was. */
  async mustLeaveNothing(): Promise<void> {
    for (const [list, name] of LISTS) {
      const left = JSON.parse((await this.#read(list)) || '[]') as readonly Record<string, unknown>[];
      const ours = left.map((item) => String(item[name])).filter((found) => found.includes(this.slug));
      assert.deepEqual(ours, [], `left behind in ${list}`);
    }
    assert.equal(await this.#readSettings(), this.#settings, 'a setting is not what it was');
  }

  /** Without a default scanner, Harbor says nothing of schedules of scans. One stands there for the walks of all clients. */
  async #ensureScanner(): Promise<void> {
    if ((await this.#read('scanners')).includes(STANDING_SCANNER)) return;
    const made = await fetch(`${this.api}/scanners`, {
      method: 'POST',
      headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: STANDING_SCANNER, url: 'http://127.0.0.1:9/standing' }),
    });
    assert.equal(made.status, 201, `POST scanners answered ${made.status}: ${await made.text()}`);
  }

  get #authorization(): string {
    return `Basic ${Buffer.from(this.registry.credentials).toString('base64')}`;
  }

  async #readSettings(): Promise<string> {
    const read = await Promise.all(SETTINGS.map(async (name) => `${name}: ${withoutTimes(await this.#read(name))}`));
    return read.join('\n');
  }

  /** The body of an answer; empty where there is no such operation yet. */
  async #read(address: string): Promise<string> {
    const url = new URL(`${this.api}/${address}`);
    if (!SETTINGS.some((name) => name === address)) url.searchParams.set('page_size', '100');
    const answer = await fetch(url, { headers: { authorization: this.#authorization } });
    const text = await answer.text();
    if (answer.status === 404 && text.includes('no such operation')) return '';
    assert.equal(answer.status, 200, `GET ${address} answered ${answer.status}: ${text}`);
    return text;
  }
}

/** A schedule that was put back has new times and a new id. */
function withoutTimes(json: string): string {
  return json.replaceAll(/"(?:id|creation_time|update_time)":(?:"[^"]*"|\d+),?/g, '').trim();
}

/** A cell for each operation, and one that looks at what is left. */
export function createHarborCells(operations: readonly HarborOperation[], walk: Walk): readonly Cell<HarborSession>[] {
  const cells = operations.map((operation) => ({
    operation,
    run: (session: HarborSession) =>
      alone(async () => {
        try {
          await walk(session, operation);
        } catch (error) {
          throw asNotServedYet(error);
        }
      }),
  }));
  const last = {
    operation: 'leave nothing behind' as const,
    run: (session: HarborSession) => alone(() => session.mustLeaveNothing()),
  };
  return [...cells, last];
}
