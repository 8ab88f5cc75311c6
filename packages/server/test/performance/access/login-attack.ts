// How long pulls take while passwords are guessed, beside how long they take otherwise, in turn:
// `node tools/launch.cjs packages/server/test/performance/access/login-attack.ts [--rounds 5] [--seconds 5] [--pulls 200] [--guesses 1000]`
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { percentile } from '../../support/percentile.ts';
import { startRoadstead } from '../../support/start-roadstead.ts';
import { countOption, readArguments, readCount, say } from '../command-line.ts';
import { sendAtRate } from '../load/send-at-rate.ts';
import { UsageError } from '../options.ts';
import { readStartFlags } from '../servers/start-flags.ts';
import type { GuessSource, GuessTask } from './guess-worker.ts';

const WORKER = path.join(import.meta.dirname, 'guess-worker.ts');
const WARM_UP_MS = 2_000;
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** What guesses of a round come from. */
const ROUNDS: readonly (GuessSource | undefined)[] = [undefined, 'one network', 'very many networks'];

interface Registry {
  readonly host: string;
  readonly authorization: string;
  readonly path: string;
}

/** Guesses in a process of its own: what they cost their sender is no part of what pulls wait for. */
class Guesses {
  readonly #child: ChildProcess;

  constructor(task: GuessTask) {
    this.#child = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.send(task);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @returns how many there were of each status */
  async stop(): Promise<Readonly<Record<string, number>>> {
    const told = once(this.#child, 'message');
    const exited = once(this.#child, 'exit');
    this.#child.send('stop');
    const [statuses] = await told;
    await exited;
    return statuses;
  }
}

/** Another network than the guesses come from, as whoever pulls mostly is. */
function pullOf({ host, authorization, path }: Registry): () => string {
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n`;
  return () => request;
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

function describe(statuses: Readonly<Record<string, number>>): string {
  const counts = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  return counts.join(', ') || 'none';
}

function nameOf(source: GuessSource | undefined): string {
  return source === undefined ? 'without guesses' : `guesses from ${source}`;
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
    env: {
      NODE_OPTIONS: readStartFlags().join(' '),
      ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1',
      ROADSTEAD_LOG_LEVEL: 'warn',
    },
  });
  try {
    // The server has both cores; whoever pulls and whoever guesses share one of them.
    pin(process.pid, '1');
    const { username, password } = server.admin;
    await server.createProject('team');
    const registry = await prepare(server.url, `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    const { hostname: targetHost, port } = new URL(server.url);
    const target = { host: targetHost, port: Number(port) };
    const pull = (ms: number) => sendAtRate(target, perSecond, pullOf(registry), AbortSignal.timeout(ms));
    await pull(WARM_UP_MS);
    const p99s = new Map<string, number[]>(ROUNDS.map((source) => [nameOf(source), []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const source of ROUNDS) {
        const attack = source && new Guesses({ target, perSecond: guesses, source });
        if (attack !== undefined) {
          pin(attack.pid, '1');
          await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
        }
        const { durationsMs, statuses } = await pull(seconds * 1_000);
        const guessed = (await attack?.stop()) ?? {};
        const p99 = percentile(durationsMs, 0.99) ?? Number.NaN;
        p99s.get(nameOf(source))?.push(p99);
        const p50 = percentile(durationsMs, 0.5) ?? Number.NaN;
        const answers = `${describe(statuses)}; guesses ${describe(guessed)}`;
        say(`round ${round}, ${nameOf(source)}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms; pulls ${answers}`);
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
