// How long pulls take while passwords are guessed, beside how long they take otherwise, in turn:
// `node tools/launch.cjs packages/server/test/performance/login-attack.ts [--rounds 5] [--seconds 5] [--pulls 200] [--guesses 1000]`
import { execFileSync } from 'node:child_process';
import { addressInNetwork } from '../support/load/password-guesses.ts';
import { percentile } from '../support/percentile.ts';
import { startRoadstead } from '../support/start-roadstead.ts';
import { countOption, readArguments, readCount, say } from './command-line.ts';
import { HttpConnection } from './load/http-connection.ts';
import type { LoadTarget } from './load/load-task.ts';
import { UsageError } from './options.ts';

const TICK_MS = 1;
const UNANSWERED = 0;
const UNSENT = -1;
const MAX_WAITING = 512;
const WARM_UP_MS = 2_000;
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Where guesses come from in a round; undefined: there are none. */
type Guessing = ((index: number) => string) | undefined;

const ROUNDS: readonly (readonly [string, Guessing])[] = [
  ['without guesses', undefined],
  ['guesses from one network', (index) => `192.0.2.${index % 256}`],
  ['guesses from very many', addressInNetwork],
];

interface Registry {
  readonly host: string;
  readonly authorization: string;
  readonly path: string;
}

interface Round {
  readonly durationsMs: readonly number[];
  readonly statuses: ReadonlyMap<number, number>;
}

/**
 * Sends a request so many times a second, whether or not those before have been answered.
 * @param requestOf the whole request with this number
 * @param signal ends it
 */
async function sendAtRate(
  target: LoadTarget,
  perSecond: number,
  requestOf: (index: number) => string,
  signal: AbortSignal,
): Promise<Round> {
  const idle: HttpConnection[] = [];
  const opened = new Set<HttpConnection>();
  const durationsMs: number[] = [];
  const statuses = new Map<number, number>();
  const waiting = new Set<Promise<void>>();
  const ask = async (index: number, dueAt: number) => {
    let status = UNANSWERED;
    try {
      const connection = idle.pop() ?? (await HttpConnection.open(target));
      opened.add(connection);
      ({ status } = await connection.ask(requestOf(index)));
      idle.push(connection);
    } catch {
      // The connection is gone: its request counts as unanswered.
    }
    durationsMs.push(performance.now() - dueAt);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  const startedAt = performance.now();
  for (let sent = 0; !signal.aborted; ) {
    const due = startedAt + (sent * 1_000) / perSecond;
    if (performance.now() < due) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      continue;
    }
    // A machine that cannot keep up must not be buried under what it has missed.
    if (waiting.size >= MAX_WAITING) {
      statuses.set(UNSENT, (statuses.get(UNSENT) ?? 0) + 1);
      sent += 1;
      continue;
    }
    const asked: Promise<void> = ask(sent, due).finally(() => waiting.delete(asked));
    waiting.add(asked);
    sent += 1;
  }
  await Promise.all(waiting);
  for (const connection of opened) connection.close();
  return { durationsMs, statuses };
}

/** Another network than the guesses come from, as whoever pulls mostly is. */
function pullOf({ host, authorization, path }: Registry): () => string {
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n`;
  return () => request;
}

function guessOf({ host }: Registry, addressOf: (index: number) => string): (index: number) => string {
  return (index) => {
    const path = index % 2 === 0 ? '/v2/' : '/service/token?service=harbor-registry';
    const credentials = Buffer.from(`admin:Wrong-${index}-${performance.now()}-password`).toString('base64');
    return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Basic ${credentials}\r\nX-Forwarded-For: ${addressOf(index)}\r\n\r\n`;
  };
}

async function prepare(url: string, credentials: string): Promise<Registry> {
  const send = async (path: string, method: string, body: string, type: string) => {
    const headers = { Authorization: credentials, 'Content-Type': type };
    const answer = await fetch(`${url}${path}`, { method, headers, body });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const empty = { digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 };
  await send(`/v2/team/app/blobs/uploads/?digest=${empty.digest}`, 'POST', '{}', 'application/octet-stream');
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...empty };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [config] });
  await send('/v2/team/app/manifests/v1', 'PUT', manifest, MANIFEST_TYPE);
  const asked = await fetch(`${url}/service/token?service=harbor-registry&scope=repository:team/app:pull`, {
    headers: { Authorization: credentials },
  });
  const { token } = (await asked.json()) as { token: string };
  return { host: new URL(url).host, authorization: `Bearer ${token}`, path: '/v2/team/app/manifests/v1' };
}

function describe(statuses: ReadonlyMap<number, number>): string {
  return [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ') || 'none';
}

function pin(pid: number, core: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', core, String(pid)], { stdio: 'ignore' });
}

async function main(args: readonly string[]): Promise<void> {
  const options = readArguments(args, {
    rounds: countOption(5),
    seconds: countOption(5),
    pulls: countOption(200),
    guesses: countOption(1_000),
  });
  const rounds = readCount('--rounds', options.rounds, 3);
  const seconds = readCount('--seconds', options.seconds, 3);
  const perSecond = readCount('--pulls', options.pulls, 5);
  const guesses = readCount('--guesses', options.guesses, 5);
  const server = await startRoadstead({
    env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1', ROADSTEAD_LOG_LEVEL: 'warn' },
  });
  try {
    pin(server.pid, '0');
    pin(process.pid, '1');
    const { username, password } = server.admin;
    await server.createProject('team');
    const registry = await prepare(server.url, `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    const { hostname: targetHost, port } = new URL(server.url);
    const target = { host: targetHost, port: Number(port) };
    const pull = (ms: number) => sendAtRate(target, perSecond, pullOf(registry), AbortSignal.timeout(ms));
    await pull(WARM_UP_MS);
    const p99s = new Map<string, number[]>(ROUNDS.map(([name]) => [name, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const [name, addressOf] of ROUNDS) {
        const end = new AbortController();
        const attack = addressOf && sendAtRate(target, guesses, guessOf(registry, addressOf), end.signal);
        if (attack !== undefined) await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
        const { durationsMs, statuses } = await pull(seconds * 1_000);
        end.abort();
        const p99 = percentile(durationsMs, 0.99) ?? Number.NaN;
        p99s.get(name)?.push(p99);
        const p50 = percentile(durationsMs, 0.5) ?? Number.NaN;
        const answers = `${describe(statuses)}; guesses ${describe((await attack)?.statuses ?? new Map())}`;
        say(`round ${round}, ${name}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms; pulls ${answers}`);
      }
    }
    const medians = [...p99s].map(([name, values]) => [name, percentile(values, 0.5) ?? Number.NaN] as const);
    const [, base] = medians[0] ?? ['', Number.NaN];
    for (const [name, median] of medians) {
      console.log(`${name}: median p99 ${median.toFixed(2)} ms (× ${(median / base).toFixed(2)})`);
    }
  } finally {
    await server.stop();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(error.message);
  process.exitCode = 2;
}
