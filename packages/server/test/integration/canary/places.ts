import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { listProcessTree } from '../../support/process/process-tree.ts';
import { isInstanceOf, listManagementRoutes } from '../access-matrix/list-management-routes.ts';
import { MATRIX_ROUTES, type Names } from '../access-matrix/matrix-routes.ts';
import { type Answer, readJson } from '../support/http-client.ts';
import type { CommandRunner } from './command-runner.ts';
import type { Field } from './fields.ts';
import type { Stage } from './stage.ts';

/** Where a secret could come out, with what it says in the end, as latin1. */
export interface Place {
  readonly name: string;
  readonly text: string;
  /** What is in it for certain: whoever does not find this would find no secret either. */
  readonly holds: string;
  /** Whose secrets belong there. */
  readonly allowed?: ReadonlySet<Field>;
}

const AUDIT = '/api/roadstead/v1/audit';
const GZIP = Buffer.of(0x1f, 0x8b);
/** The one file of the data folder that is there to hold a secret in the clear. */
export const PASSWORD_FILE = 'admin-password';

/** What is asked of the server while it runs. */
export async function readLivePlaces(stage: Stage, names: Names): Promise<readonly Place[]> {
  const { marker } = stage;
  const read = async (target: string) => (await stage.expect(200, stage.admin, 'GET', target)).body.toString('latin1');
  const { management, registry } = await readAll(stage, names);
  return [
    { name: 'the entries of the audit log, page by page', text: await readEntries(stage), holds: marker },
    { name: 'the audit log as CSV', text: await read(`${AUDIT}/entries.csv`), holds: marker },
    { name: 'the audit log as JSON lines', text: await read(`${AUDIT}/entries.jsonl`), holds: marker },
    { name: 'the export of the audit log', text: await read(`${AUDIT}/export`), holds: marker },
    { name: 'everything that can be read of the management API', text: management, holds: marker },
    { name: 'everything that can be read of the registry', text: registry, holds: 'team/app' },
    {
      name: 'the metrics',
      text: await (await fetch(stage.metricsUrl)).text(),
      holds: 'harbor_core_http_request_total',
    },
    { name: 'the list of processes', text: readCommandLines(stage.pid), holds: 'main.ts' },
  ];
}

/** What others were sent, and what is left when the server has stopped. */
export async function readPlacesLeft(stage: Stage, commands: CommandRunner): Promise<readonly Place[]> {
  const { engine, marker, receiver, syslog, dataDir } = stage;
  const forwarded = receiver.received.filter(({ target }) => target === '/audit').map(({ body }) => body);
  const messages = syslog.messages.map((message) => JSON.stringify(message));
  const checkpoints = receiver.received.filter(({ target }) => target !== '/audit').map(({ body }) => body);
  return [
    { name: 'the log, of standard output and standard error', text: toLatin1(stage.log), holds: marker },
    { name: 'what was forwarded by HTTPS', text: forwarded.join('\n'), holds: marker },
    { name: 'what was forwarded by syslog', text: toLatin1(messages.join('\n')), holds: marker },
    { name: 'what the witnesses were sent', text: checkpoints.join('\n'), holds: 'roadstead/main' },
    {
      name: 'the files of the data folder',
      text: await readFiles(dataDir, (file) => !file.includes('/records/')),
      // On PostgreSQL the rows are elsewhere.
      holds: engine === 'sqlite' ? marker : 'server.lock',
    },
    {
      name: 'the records of recovery',
      text: await readFiles(dataDir, (file) => file.includes('/records/')),
      holds: marker,
    },
    { name: 'what commands said', text: commands.outputs, holds: 'Made the robot' },
    {
      name: 'the list of processes, of commands',
      text: commands.commandLines,
      holds: '--password-stdin',
      allowed: TYPED,
    },
  ];
}

/** Whoever writes a secret into an argument has put it into that list himself. */
const TYPED: ReadonlySet<Field> = new Set(['userinfo of a server or a reference']);

/** Bytes of UTF-8, as everything else is looked at. */
export function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** GET routes that have no row in the matrix of rights. */
const MORE_ROUTES: readonly string[] = [
  '/api/v2.0/users/current/permissions?scope=/',
  '/api/roadstead/v1/access/explain?resource=repository&action=pull&project=team',
  '/api/roadstead/v1/session',
  '/api/roadstead/v1/sessions',
  '/api/roadstead/v1/sign-in/passkeys',
  '/api/v2.0/openapi.json',
  '/devcenter-api-2.0',
  '/api/v2.0',
  '/api/v2.0/',
  '/api/v2.0/ping',
  '/api/v2.0/health',
  '/api/v2.0/labels?scope=g',
  '/api/v2.0/labels/1',
  '/api/v2.0/systeminfo',
  '/api/v2.0/systeminfo/getcert',
  '/api/v2.0/internalconfig',
  '/device',
  '/oidc-onboard',
  '/api/roadstead/v1/sign-in/providers',
];

/** @param asked methods and paths @returns the GET routes of the management API of which nothing was asked */
export async function listUnreadRoutes(asked: readonly string[]): Promise<readonly string[]> {
  const routes = (await listManagementRoutes()).filter((route) => route.startsWith('GET '));
  return routes.filter((route) => !asked.some((each) => isInstanceOf(each, route)));
}

async function readAll(
  stage: Stage,
  names: Names,
): Promise<{ readonly management: string; readonly registry: string }> {
  const texts = { management: '', registry: '' };
  const paths = MATRIX_ROUTES.filter(({ method }) => method === 'GET').map((route) => route.path(names));
  for (const target of [...paths, ...MORE_ROUTES]) {
    const { status, headers, body } = await stage.ask(stage.admin, 'GET', target);
    const which = target.startsWith('/v2/') ? 'registry' : 'management';
    texts[which] += `${status} ${JSON.stringify(headers)}\n${body.toString('latin1')}\n`;
  }
  return texts;
}

async function readEntries(stage: Stage): Promise<string> {
  const pages: Answer[] = [];
  for (let after = ''; ; ) {
    const page = await stage.expect(200, stage.admin, 'GET', `${AUDIT}/entries?limit=100${after}`);
    pages.push(page);
    const { next } = readJson<{ next: string | number | null }>(page);
    if (next === null) return pages.map(({ body }) => body.toString('latin1')).join('\n');
    after = `&before=${next}`;
  }
}

function readCommandLines(pid: number): string {
  return listProcessTree(pid)
    .map((each) => readFileSync(`/proc/${each}/cmdline`, 'latin1'))
    .join('\n');
}

/** Unpacked where it is packed. */
async function readFiles(folder: string, isWanted: (file: string) => boolean): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const wanted = files.filter((file) => isWanted(file) && path.basename(file) !== PASSWORD_FILE);
  const read = async (file: string) => {
    const bytes = await readFile(file);
    return `${file}\n${(bytes.subarray(0, 2).equals(GZIP) ? gunzipSync(bytes) : bytes).toString('latin1')}`;
  };
  return (await Promise.all(wanted.map(read))).join('\n');
}
