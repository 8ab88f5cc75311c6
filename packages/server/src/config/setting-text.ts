import { isIP } from 'node:net';

/** What is wrong with the text of a setting: the end of a sentence whose subject is the setting's name. */
export class SettingTextError extends Error {
  override readonly name = 'SettingTextError';
}

/** An address to listen on. `host` has no brackets around IPv6. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const MAX_INSTANCE_PORTS = 1_000;
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};
const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Every reader takes the text of a setting and returns its value. @throws SettingTextError */
export type ReadText<Value> = (text: string) => Value;

export const readPlain: ReadText<string> = (text) => text;

export const readSwitch: ReadText<boolean> = (text) => {
  if (['true', 'on', 'yes', '1'].includes(text.toLowerCase())) return true;
  if (['false', 'off', 'no', '0'].includes(text.toLowerCase())) return false;
  throw new SettingTextError(`must be true or false, not "${text}"`);
};

export function readInteger(minimum: number, maximum: number): ReadText<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new SettingTextError(`must be a whole number from ${minimum} to ${maximum}, not "${text}"`);
  };
}

/** Reads `4MiB`, `500kB` or a bare count of bytes. */
export function readSize(minimumBytes: number, maximumBytes: number): ReadText<number> {
  return (text) => {
    const match = /^(\d{1,12})\s*([A-Za-z]*)$/.exec(text);
    const bytes = Number(match?.[1]) * (SIZE_UNITS[match?.[2] ?? '?'] ?? Number.NaN);
    if (bytes >= minimumBytes && bytes <= maximumBytes) return bytes;
    const range = `from ${minimumBytes} to ${maximumBytes} bytes`;
    throw new SettingTextError(`must be a size ${range} such as 4MiB, 500kB or 65536, not "${text}"`);
  };
}

/** Reads `90s`, `15m`, `24h` or `7d`; the value is in milliseconds. */
export function readDuration(minimum: string, maximum: string): ReadText<number> {
  const bounds = [durationMs(minimum), durationMs(maximum)] as const;
  return (text) => {
    const value = durationMs(text);
    if (value >= bounds[0] && value <= bounds[1]) return value;
    throw new SettingTextError(
      `must be a time from ${minimum} to ${maximum}, written like 500ms, 90s or 15m, not "${text}"`,
    );
  };
}

function durationMs(text: string): number {
  const match = /^(\d{1,9})\s*(ms|s|m|h|d)$/.exec(text);
  return Number(match?.[1]) * (DURATION_UNITS_MS[match?.[2] ?? '?'] ?? Number.NaN);
}

export function readChoice<const Choice extends string>(...choices: readonly Choice[]): ReadText<Choice> {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text.toLowerCase());
    if (choice !== undefined) return choice;
    throw new SettingTextError(`must be one of ${choices.join(', ')}, not "${text}"`);
  };
}

/** Reads a list that is separated by commas; empty entries are left out. */
export function readList(readEntry: ReadText<string>): ReadText<readonly string[]> {
  return (text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map(readEntry);
}

/** Reads `host:port`; `:8080` and `8080` listen on every address; port 0 lets the system choose. */
export const readListenAddress: ReadText<ListenAddress> = (text) => {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]:|([^:[\]\s/]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  const host = match?.[1] ?? match?.[2] ?? '';
  const isBadLiteral = match?.[1] !== undefined && isIP(match[1]) !== 6;
  if (!(port <= 65_535) || isBadLiteral) {
    throw new SettingTextError(`must be host:port such as 127.0.0.1:8080 or [::1]:8080, not "${text}"`);
  }
  return { host: host === '' || host === '*' ? '0.0.0.0' : host, port };
};

/** Reads an http(s) address without path, query or credentials; the value is its origin: no slash at the end. */
export const readOrigin: ReadText<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new SettingTextError(`must be an address such as https://registry.example.com, not "${text}"`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new SettingTextError(`must be scheme, host and port only, such as ${url.origin}`);
  }
  return url.origin;
};

/** Reads an address or a network (`10.0.0.0/8`, `fd00::/8`, `192.0.2.7`); a bare address is a network of one. */
export const readNetwork: ReadText<string> = (text) => {
  const [address = '', prefix, surplus] = text.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const isPrefixRight = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  if (family === 0 || address.includes('%') || surplus !== undefined || !isPrefixRight) {
    throw new SettingTextError(`must list networks such as 10.0.0.0/8 or addresses such as 192.0.2.7, not "${text}"`);
  }
  return `${address}/${prefix ?? bits}`;
};

/** Reads a network, or a host name that stands for itself (`hooks.example.com`) or for what is below it (`*.example.com`). */
export const readNetworkOrHost: ReadText<string> = (text) => {
  if (isIP(text.split('/')[0] ?? '') !== 0) return readNetwork(text);
  if (!text.includes('/')) return readHostName(text.replace(/^\*\./, '')) && text.toLowerCase();
  throw new SettingTextError(`must list networks such as 10.0.0.0/8 or host names, not "${text}"`);
};

/** Reads a DNS name; the value is lower-case. */
export const readHostName: ReadText<string> = (text) => {
  const labels = text.toLowerCase().split('.');
  const isRight = text.length <= 253 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (isRight && isIP(text) === 0 && !/^\d+$/.test(labels.at(-1) ?? '')) return labels.join('.');
  throw new SettingTextError(`must be a host name such as registry.example.com, not "${text}"`);
};

/** Reads `9001-9099`. */
export const readPortRange: ReadText<PortRange> = (text) => {
  const match = /^(\d{1,5})\s*-\s*(\d{1,5})$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (first >= 1 && last <= 65_535 && last >= first && last - first < MAX_INSTANCE_PORTS) return { first, last };
  throw new SettingTextError(`must be at most ${MAX_INSTANCE_PORTS} ports such as 9001-9099, not "${text}"`);
};

export const readPostgresUrl: ReadText<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['postgres:', 'postgresql:'].includes(url.protocol)) return text;
  throw new SettingTextError('must be an address such as postgres://user:password@host:5432/database');
};

/** Reads the administrator's password. `identity/` has the last word on it; here the sentence can name the variable. */
export const readPassword: ReadText<string> = (text) => {
  const length = [...text].length;
  const hasAll = /\p{Lu}/u.test(text) && /\p{Ll}/u.test(text) && /\p{Nd}/u.test(text);
  if (length >= 8 && length <= 128 && hasAll) return text;
  throw new SettingTextError(
    'must have 8 to 128 characters with an upper-case letter, a lower-case letter and a digit',
  );
};

/** Reads the text of a `Warning` header: it stands in quotes there (OCI distribution-spec, "Warnings"). */
export const readWarning: ReadText<string> = (text) => {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,500}$/.test(text)) return text;
  throw new SettingTextError('must have at most 500 printable ASCII characters without quotes and backslashes');
};
