import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { listenLocally } from './listen-locally.ts';

/** Below the ports that the system gives to connections (`ip_local_port_range`): none of them takes one of these. */
const PORTS = { first: 10_000, last: 32_000 } as const;
const ATTEMPTS = 1_000;

/** One file for each port that a test process has, with the process' id. */
const CLAIMS = path.join(tmpdir(), `roadstead-test-ports-${userInfo().uid}`);

/** A port of 127.0.0.1 that nobody listens on, and that no other test process on this machine is given while this one lives. */
export async function findFreePort(): Promise<number> {
  mkdirSync(CLAIMS, { recursive: true });
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(PORTS.first, PORTS.last);
    if (claim(port) && (await isFree(port))) return port;
  }
  throw new Error(`no port from ${PORTS.first} to ${PORTS.last} was free in ${ATTEMPTS} attempts`);
}

/** What a dead process had claimed is removed, and found free by a later attempt. */
function claim(port: number): boolean {
  const file = path.join(CLAIMS, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isClaimantAlive(file)) rmSync(file, { force: true });
    return false;
  }
}

function isClaimantAlive(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return true;
  } catch {
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listenLocally(server, port);
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
