import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSelfSignedCertificate } from './create-self-signed-certificate.ts';
import { findFreePort } from './find-free-port.ts';

export interface RunningSlapd {
  /** `ldap://localhost:PORT`, with StartTLS. */
  readonly url: string;
  /** `ldaps://localhost:PORT` */
  readonly tlsUrl: string;
  /** Signs the server's certificate, which is for `localhost`. */
  readonly authority: string;
  stop(): Promise<void>;
}

export const DIRECTORY = {
  base: 'dc=example,dc=com',
  admin: 'cn=admin,dc=example,dc=com',
  password: 'directory-secret',
} as const;
const START_TIMEOUT_MS = 30_000;
const PATH = `${process.env['PATH']}:/usr/sbin`;

/** Why there is no slapd for a test; undefined when there is one. In CI its absence is a failure, so there it is tried. */
export function findReasonAgainstSlapd(): string | undefined {
  const isThere = spawnSync('slapd', ['-VV'], { env: { PATH } }).error === undefined;
  return isThere || process.env['CI'] === 'true' ? undefined : 'slapd is not installed';
}

/**
 * Starts an OpenLDAP server of its own on 127.0.0.1, with the memberOf overlay and all its files in a scratch folder.
 * @param ldif its entries; groups whose members are to have memberOf are added when it runs
 */
export async function startSlapd(ldif: string): Promise<RunningSlapd> {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-slapd-'));
  mkdirSync(path.join(folder, 'data'));
  const day = 86_400_000;
  const { certPem, keyPem } = createSelfSignedCertificate({
    name: 'localhost',
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
  });
  await writeFile(path.join(folder, 'cert.pem'), certPem);
  await writeFile(path.join(folder, 'key.pem'), keyPem, { mode: 0o600 });
  const file = path.join(folder, 'slapd.conf');
  await writeFile(file, configure(folder));
  await writeFile(path.join(folder, 'entries.ldif'), ldif);
  const added = spawnSync('slapadd', ['-q', '-f', file, '-l', path.join(folder, 'entries.ldif')], { env: { PATH } });
  if (added.status !== 0) throw new Error(`slapadd failed: ${added.error?.message ?? added.stderr.toString()}`);
  const [port, tlsPort] = [await findFreePort(), await findFreePort()];
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tlsPort}/`;
  const child = spawn('slapd', ['-d', '0', '-f', file, '-h', urls], {
    env: { PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  child.stderr.on('data', (data) => log.push(String(data)));
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilListening(child, tlsPort, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `ldap://localhost:${port}`, tlsUrl: `ldaps://localhost:${tlsPort}`, authority: certPem, stop };
}

function configure(folder: string): string {
  return `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile ${folder}/slapd.pid
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
sizelimit unlimited
database mdb
suffix "${DIRECTORY.base}"
rootdn "${DIRECTORY.admin}"
rootpw ${DIRECTORY.password}
directory ${folder}/data
maxsize 268435456
index objectClass,uid,member eq
dbnosync
overlay memberof
memberof-group-oc groupOfNames
memberof-member-ad member
access to attrs=userPassword by anonymous auth by * none
access to * by * read
`;
}

async function waitUntilListening(child: ChildProcess, port: number, log: readonly string[]): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`slapd ended at its start:\n${log.join('')}`);
    const answers = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`slapd was not ready after ${START_TIMEOUT_MS} ms:\n${log.join('')}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
