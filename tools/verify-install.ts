// Shows what a newcomer gets: a fresh clone, an empty home, `npm ci && npm start` under npm 10 and npm 11, and the time
// until the server listens. Runs on whatever Node the machine has, not on the one that `npm ci` brings.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '..');
const NPM_VERSIONS = ['10.9.9', '11.21.2'];
const LISTEN_WITHIN_MS = 3_000;
const GIVE_UP_AFTER_MS = 30_000;
const STOP_WITHIN_MS = 20_000;
const run = promisify(execFile);

interface Outcome {
  readonly installMs: number;
  readonly listenMs: number;
}

async function verify(npmVersion: string): Promise<Outcome> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'roadstead-install-'));
  try {
    const home = path.join(scratch, 'home');
    const clone = path.join(scratch, 'roadstead');
    await mkdir(home);
    const env = newcomersEnvironment(home);
    await run('git', ['clone', '--quiet', '--no-local', ROOT, clone], { env });
    const npmFolder = path.join(scratch, 'npm');
    await runPatiently('npm', ['install', '--prefix', npmFolder, `npm@${npmVersion}`], { env });
    const npm = path.join(scratch, 'npm/node_modules/npm/bin/npm-cli.js');
    const installStart = performance.now();
    await runPatiently('node', [npm, 'ci'], { cwd: clone, env });
    const installMs = performance.now() - installStart;
    return { installMs, listenMs: await measureStart(npm, clone, env) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const WAITS_SECONDS = [10, 30, 90];

/** Runs what fetches packages again when it fails: registries fail for a moment now and then. */
async function runPatiently(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  for (const seconds of [...WAITS_SECONDS, undefined]) {
    try {
      await run(program, args, { ...options, maxBuffer: 10_000_000 });
      return;
    } catch (error) {
      if (seconds === undefined) throw error;
      console.log(`${args.join(' ')} failed and is tried again in ${seconds} s: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    }
  }
}

/** An empty home, none of our settings, and the machine's own Node first on PATH. */
function newcomersEnvironment(home: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:npm_|ROADSTEAD_|NODE_OPTIONS$)/i.test(name));
  const searchPath = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(inherited), HOME: home, PATH: searchPath.join(path.delimiter) };
}

async function measureStart(npm: string, clone: string, env: NodeJS.ProcessEnv): Promise<number> {
  const listen = `127.0.0.1:${await findFreePort()}`;
  const output: string[] = [];
  const start = performance.now();
  // A group of its own: npm, the launcher and the server are ended together.
  const child = spawn('node', [npm, 'start'], {
    cwd: clone,
    env: { ...env, ROADSTEAD_LISTEN: listen, ROADSTEAD_METRICS_LISTEN: '' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (data) => output.push(String(data)));
  child.stderr.on('data', (data) => output.push(String(data)));
  try {
    while (performance.now() - start < GIVE_UP_AFTER_MS) {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output.join('')}`);
      const answers = await fetch(`http://${listen}/healthz`).then(
        (response) => response.ok,
        () => false,
      );
      if (answers) return performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`npm start did not listen within ${GIVE_UP_AFTER_MS} ms:\n${output.join('')}`);
  } finally {
    await endGroup(child);
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const group = -child.pid;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  process.kill(group, 'SIGTERM');
  const timer = setTimeout(() => process.kill(group, 'SIGKILL'), STOP_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

let failed = 0;
for (const version of NPM_VERSIONS) {
  try {
    const { installMs, listenMs } = await verify(version);
    const inTime = listenMs <= LISTEN_WITHIN_MS;
    if (!inTime) failed += 1;
    console.log(
      `${inTime ? 'ok    ' : 'FAILED'} npm ${version}: npm ci ${(installMs / 1_000).toFixed(1)} s, then listening after ` +
        `${Math.round(listenMs)} ms (limit ${LISTEN_WITHIN_MS} ms)`,
    );
  } catch (error) {
    failed += 1;
    console.log(`FAILED npm ${version}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(`${NPM_VERSIONS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
