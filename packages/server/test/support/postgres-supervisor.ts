// Runs a server for as long as standard input stays open: SCRATCH UID GID COMMAND [ARG …].
// When the test process ends, however it ends, the pipe closes; the server is stopped and its folder removed.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const KILL_AFTER_MS = 10_000;

function supervise(scratch: string, uid: string, gid: string, command: string, args: readonly string[]): void {
  const identity = uid === '' ? {} : { uid: Number(uid), gid: Number(gid) };
  const server = spawn(command, args, { ...identity, cwd: scratch, stdio: ['ignore', 'inherit', 'inherit'] });
  const finish = (code: number): never => {
    rmSync(scratch, { recursive: true, force: true });
    process.exit(code);
  };
  const stop = (): void => {
    // SIGINT is PostgreSQL's fast shutdown: open connections are ended rather than waited for.
    server.kill('SIGINT');
    setTimeout(() => server.kill('SIGKILL'), KILL_AFTER_MS).unref();
  };
  server.on('error', () => finish(1));
  server.on('exit', (code) => finish(code ?? 1));
  process.stdin.on('end', stop).on('error', stop).resume();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // A reader of our output that has gone away must not end us before the folder is removed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

const [scratch, uid, gid, command, ...args] = process.argv.slice(2);
if (scratch === undefined || uid === undefined || gid === undefined || command === undefined)
  throw new Error('usage: postgres-supervisor SCRATCH UID GID COMMAND [ARG …]');
supervise(scratch, uid, gid, command, args);
