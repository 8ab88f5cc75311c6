import type { ContextStore } from '../contexts/context-store.ts';
import { findJson, findString, recordOf } from '../json-shape.ts';

/** What docker's helper protocol wants printed, and the exit code. Errors go to stdout too: docker reads them there. */
export interface HelperAnswer {
  readonly output: string;
  readonly exitCode: 0 | 1;
}

/** Docker compares these texts to tell "there is nothing" from a failure. */
const NOT_FOUND = 'credentials not found in native keychain';
const MISSING_URL = 'no credentials server URL';
const MISSING_USERNAME = 'no credentials username';

/** Carries out `store`, `get`, `erase` or `list` with what stood on stdin. */
export async function runCredentialHelper(store: ContextStore, action: string, input: string): Promise<HelperAnswer> {
  switch (action) {
    case 'store':
      return storeCredentials(store, input);
    case 'get':
      return getCredentials(store, input.trim());
    case 'erase':
      return eraseCredentials(store, input.trim());
    case 'list':
      return listCredentials(store);
    default:
      return failure(`Unknown credential action \`${action}\`: use store, get, erase or list`);
  }
}

async function storeCredentials(store: ContextStore, input: string): Promise<HelperAnswer> {
  const record = recordOf(findJson(input));
  const serverUrl = findString(record, 'ServerURL') ?? '';
  const username = findString(record, 'Username') ?? '';
  if (serverUrl === '') return failure(MISSING_URL);
  if (username === '') return failure(MISSING_USERNAME);
  const host = hostOf(serverUrl);
  const { dockerServerUrl: _, ...saved } = (await store.findServer(host)) ?? { host };
  const server = { ...saved, username, secret: findString(record, 'Secret') ?? '' };
  await store.saveServer(serverUrl === host ? server : { ...server, dockerServerUrl: serverUrl }, {
    makeCurrent: false,
  });
  return success('');
}

async function getCredentials(store: ContextStore, serverUrl: string): Promise<HelperAnswer> {
  if (serverUrl === '') return failure(MISSING_URL);
  const saved = await store.findServer(hostOf(serverUrl));
  if (saved?.username === undefined || saved.secret === undefined) return failure(NOT_FOUND);
  return success(JSON.stringify({ ServerURL: serverUrl, Username: saved.username, Secret: saved.secret }));
}

async function eraseCredentials(store: ContextStore, serverUrl: string): Promise<HelperAnswer> {
  if (serverUrl === '') return failure(MISSING_URL);
  await store.removeServer(hostOf(serverUrl));
  return success('');
}

async function listCredentials(store: ContextStore): Promise<HelperAnswer> {
  const { servers } = await store.read();
  const known = servers.filter((server) => server.username !== undefined);
  const names = known.map((server) => [server.dockerServerUrl ?? server.host, server.username]);
  return success(JSON.stringify(Object.fromEntries(names)));
}

/** Docker names registries by host and port, and its own hub by a URL with a path. */
function hostOf(serverUrl: string): string {
  return serverUrl
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
}

function success(output: string): HelperAnswer {
  return { output, exitCode: 0 };
}

function failure(output: string): HelperAnswer {
  return { output, exitCode: 1 };
}
