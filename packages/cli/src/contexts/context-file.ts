import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { findJson, findString, isRecord, type JsonRecord, recordOf, stringsOf } from '../json-shape.ts';

/** What is remembered of one server. */
export interface SavedServer {
  /** `host` or `host:port`. */
  readonly host: string;
  readonly scheme?: 'http' | 'https';
  /** Docker calls an identity (refresh) token's user `<token>`; it is kept as it came. */
  readonly username?: string;
  readonly secret?: string;
  /** The address as docker spells it, when it is not `host`. */
  readonly dockerServerUrl?: string;
  /** Path of a PEM file. */
  readonly caCert?: string;
  /** Hosts of token services, other than the server's own, that may see the password. */
  readonly trustedRealms?: readonly string[];
}

export interface ContextFile {
  /** The server of references that name none. */
  readonly current?: string;
  readonly servers: readonly SavedServer[];
}

/** Reads the text of the contexts file. Throws if it is not one, and names the file. */
export function parseContextFile(text: string, file: string): ContextFile {
  const root = findJson(text);
  if (!isRecord(root) || root['version'] !== 1) {
    throw new CliError(EXIT_CODE.failure, `${file} is not a contexts file of this program`, {
      why: isRecord(root) ? `its version is ${JSON.stringify(root['version'])}, and 1 is known` : 'it is not JSON',
      remedy: 'repair it, or remove it and log in again',
    });
  }
  const servers = Object.entries(recordOf(root['servers'])).map(([host, entry]) => parseServer(host, recordOf(entry)));
  const current = findString(root, 'current');
  return current === undefined ? { servers } : { current, servers };
}

export function renderContextFile(contexts: ContextFile): string {
  const servers = Object.fromEntries(contexts.servers.map(({ host, ...entry }) => [host, entry]));
  return `${JSON.stringify({ version: 1, current: contexts.current, servers }, null, 2)}\n`;
}

function parseServer(host: string, entry: JsonRecord): SavedServer {
  const scheme = findString(entry, 'scheme');
  const username = findString(entry, 'username');
  const secret = findString(entry, 'secret');
  const dockerServerUrl = findString(entry, 'dockerServerUrl');
  const caCert = findString(entry, 'caCert');
  const trustedRealms = stringsOf(entry['trustedRealms']);
  return {
    host,
    ...(scheme === 'http' || scheme === 'https' ? { scheme } : {}),
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { secret }),
    ...(dockerServerUrl === undefined ? {} : { dockerServerUrl }),
    ...(caCert === undefined ? {} : { caCert }),
    ...(trustedRealms.length === 0 ? {} : { trustedRealms }),
  };
}
