import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';
import { openSqliteDatabase } from '../../src/drivers/database/sqlite/sqlite-database.ts';
import { findFreePort } from '../support/find-free-port.ts';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { createPlainUser } from './support/create-plain-user.ts';
import { type Answer, type SendOptions, send } from './support/http-client.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

const COUNT = 3;

describe('a server of several processes', () => {
  let server: RunningRoadstead;
  let metricsUrl: string;
  let authorization: string;

  beforeEach(async () => {
    const metricsListen = `127.0.0.1:${await findFreePort()}`;
    metricsUrl = `http://${metricsListen}/metrics`;
    server = await startRoadstead({
      env: { ROADSTEAD_PROCESSES: String(COUNT), ROADSTEAD_METRICS_LISTEN: metricsListen, ROADSTEAD_LOG_LEVEL: 'info' },
    });
    authorization = `Basic ${Buffer.from(`admin:${server.admin.password}`).toString('base64')}`;
    await server.createProject('team');
    // The first process answers before the others have started.
    await expect.poll(() => server.log(), { timeout: 15_000 }).toContain('serves on');
  });
  afterEach(() => server?.stop());

  /** On a connection of its own, so that the primary gives it to the next process. */
  function ask(path: string, { headers, ...options }: SendOptions = {}): Promise<Answer> {
    return send(`${server.url}${path}`, { ...options, headers: { authorization, Connection: 'close', ...headers } });
  }

  async function pushInChunks(
    repository: string,
    chunks: readonly Buffer[],
  ): Promise<{ digest: string; status: number }> {
    let at = 0;
    let { location } = (await ask(`/v2/${repository}/blobs/uploads/`, { method: 'POST' })).headers;
    for (const body of chunks) {
      const headers = { 'Content-Range': `${at}-${at + body.length - 1}` };
      const answer = await ask(location ?? '', { method: 'PATCH', headers, body });
      expect(answer.status).toBe(202);
      at += body.length;
      location = answer.headers.location;
    }
    const digest = digestOf(Buffer.concat(chunks));
    const { status } = await ask(`${location}?digest=${digest}`, { method: 'PUT' });
    return { digest, status };
  }

  /** Ids of the processes that have answered requests to that operation. */
  function processesOf(operation: string): ReadonlySet<number> {
    const lines = server
      .log()
      .split('\n')
      .filter((line) => line.includes(`"operation":"${operation}"`));
    return new Set(lines.map((line) => JSON.parse(line).pid));
  }

  it('continues an upload in any process, and shows every process what another has written', async () => {
    const chunks = Array.from({ length: 9 }, () => freshBytes(50_000));
    const { digest, status } = await pushInChunks('team/app', chunks);
    expect(status).toBe(201);
    expect(processesOf('patch_blob_upload').size).toBeGreaterThan(1);
    for (let index = 0; index < COUNT * 2; index += 1) {
      const read = await ask(`/v2/team/app/blobs/${digest}`);
      expect(read.status).toBe(200);
      expect(digestOf(read.body)).toBe(digest);
    }
  });

  it('lets one request at a time write to an upload, whichever process it reaches', async () => {
    const { location = '' } = (await ask('/v2/team/app/blobs/uploads/', { method: 'POST' })).headers;
    const bodies = Array.from({ length: 12 }, () => freshBytes(200_000));
    const answers = await Promise.all(
      bodies.map((body) =>
        ask(location, { method: 'PATCH', headers: { 'Content-Range': `0-${body.length - 1}` }, body }),
      ),
    );
    const accepted = answers.flatMap((answer, index) => (answer.status === 202 ? [index] : []));
    expect(accepted).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 416)).toHaveLength(bodies.length - 1);
    const digest = digestOf(bodies[accepted[0] ?? 0] ?? Buffer.alloc(0));
    expect((await ask(`${location}?digest=${digest}`, { method: 'PUT' })).status).toBe(201);
    expect(digestOf((await ask(`/v2/team/app/blobs/${digest}`)).body)).toBe(digest);
  });

  it('refuses in every process within five seconds what a role gave that was removed in one', async () => {
    const database = await openSqliteDatabase<InstanceSchema>(`${server.dataDir}/instances/main/metadata.sqlite`);
    const { username, password } = await createPlainUser({ database }, 'leaver');
    await database.close();
    const body = Buffer.from(JSON.stringify({ role_id: 3, member_user: { username } }));
    const headers = { 'Content-Type': 'application/json' };
    const added = await ask('/api/v2.0/projects/team/members', { method: 'POST', headers, body });
    expect(added.status).toBe(201);
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const scope = 'service=harbor-registry&scope=repository:team/app:pull';
    const { token } = JSON.parse((await ask(`/service/token?${scope}`, { headers: { authorization: basic } })).text);
    // 404: the right is there, and nothing else. At once, so that each process gets some.
    const pullEverywhere = async (): Promise<readonly number[]> => {
      const headers = { authorization: `Bearer ${token}` };
      const answers = Array.from({ length: COUNT * 4 }, () => ask('/v2/team/app/manifests/none', { headers }));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    const everyProcess = () => processesOf('get_manifest').size;
    await expect
      .poll(async () => [new Set(await pullEverywhere()), everyProcess()], { timeout: 10_000 })
      .toEqual([new Set([404]), COUNT]);
    expect((await ask(added.headers.location ?? '', { method: 'DELETE' })).status).toBe(200);
    await expect
      .poll(async () => new Set(await pullEverywhere()), { timeout: 5_000, interval: 100 })
      .toEqual(new Set([401]));
    for (let index = 0; index < 5; index += 1) expect(new Set(await pullEverywhere())).toEqual(new Set([401]));
  }, 30_000);

  it('goes on when a process is killed, puts another in its place, and keeps what it acknowledged', async () => {
    const before = await pushInChunks('team/app', [freshBytes(1_000), freshBytes(2_000)]);
    const [victim = 0] = listChildren(server.pid);
    process.kill(victim, 'SIGKILL');
    const after = await pushInChunks('team/app', [freshBytes(1_000), freshBytes(2_000), freshBytes(3_000)]);
    expect([before.status, after.status]).toEqual([201, 201]);
    await expect
      .poll(() => listChildren(server.pid).filter((pid) => pid !== victim).length, { timeout: 10_000 })
      .toBe(COUNT);
    for (const { digest } of [before, after]) expect((await ask(`/v2/team/app/blobs/${digest}`)).status).toBe(200);
  });

  it('counts what all of its processes have answered in one place', async () => {
    for (let index = 0; index < COUNT * 2; index += 1) await ask('/v2/');
    expect(processesOf('get_ping').size).toBeGreaterThan(1);
    const text = (await send(metricsUrl)).text;
    const counted = /harbor_core_http_request_total\{method="GET",code="200",operation="get_ping"\} (\d+)/.exec(
      text,
    )?.[1];
    expect(Number(counted)).toBeGreaterThanOrEqual(COUNT * 2);
    expect(text).toMatch(/harbor_statistics_total_project_amount\{registry="main"\} 1$/m);
  });

  it('ends with its primary, also when that is killed', async () => {
    const children = listChildren(server.pid);
    process.kill(server.pid, 'SIGKILL');
    await expect.poll(() => children.filter(isAlive), { timeout: 5_000 }).toEqual([]);
    await expect(tryToConnect(server.host)).rejects.toThrow('ECONNREFUSED');
  });
});

function listChildren(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    const child = Number(name);
    if (!Number.isInteger(child)) return [];
    try {
      const [, fields = ''] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ');
      return Number(fields.split(' ')[1]) === pid ? [child] : [];
    } catch {
      return [];
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function tryToConnect(host: string): Promise<void> {
  const [address = '', port] = host.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), address);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
