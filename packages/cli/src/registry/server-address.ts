import { usageError } from '../cli-error.ts';

/** A registry as commands address it. */
export interface ServerAddress {
  /** `host` or `host:port`, lower case, as it stands in references and in the saved contexts. */
  readonly host: string;
  /** The origin that requests go to, e.g. `http://127.0.0.1:8080`. */
  readonly origin: string;
}

export interface AddressOptions {
  /** Allows plain http to other hosts than this machine. */
  readonly plainHttp?: boolean | undefined;
  /** What was saved or asked for when the text names no scheme. */
  readonly scheme?: 'http' | 'https' | undefined;
}

const HOST_PATTERN = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::[0-9]{1,5})?$/;

/**
 * Reads `host`, `host:port`, `http://host:port` or `https://host:port`.
 * Without a scheme this machine is spoken to in http and every other host in https.
 * Throws a usage error for anything else, and for plain http to another machine that was not asked for.
 */
export function parseServerAddress(text: string, options: AddressOptions = {}): ServerAddress {
  // It is not shown: what stands before the @ may be a password.
  if (text.includes('@')) {
    throw usageError('a server is written without a user name and a password', 'use --username and --password-stdin');
  }
  const match = /^(?:(https?):\/\/)?([^/]+)\/*$/.exec(text.trim().toLowerCase());
  const host = match?.[2] ?? '';
  if (!HOST_PATTERN.test(host)) {
    throw usageError(
      `${JSON.stringify(text)} is not a server`,
      'write host:port, http://host:port or https://host:port',
    );
  }
  const scheme = match?.[1] ?? options.scheme ?? (options.plainHttp || isLoopback(host) ? 'http' : 'https');
  if (scheme === 'http' && !isLoopback(host) && !options.plainHttp) {
    throw usageError(
      `plain http to ${host} would show the password and the content to everybody on the way`,
      `use https://${host}, or add --plain-http if you accept that`,
    );
  }
  // The URL drops a default port, so that both spellings are one server for the scheme at hand.
  return { host, origin: new URL(`${scheme}://${host}`).origin };
}

/** Whether `host` (with or without a port) is this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, '');
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(name)
  );
}
