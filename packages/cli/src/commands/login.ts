import path from 'node:path';
import { Command } from 'commander';
import { CliError, usageError } from '../cli-error.ts';
import type { SavedServer } from '../contexts/context-file.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { createCredentials } from '../registry/credentials.ts';
import { loginByDevice } from '../registry/device-login.ts';
import { createResponseError } from '../registry/response-error.ts';
import type { ServerAddress } from '../registry/server-address.ts';
import type { Session } from '../session.ts';
import { askOnTerminal, readPasswordFromStdin } from '../terminal/read-password.ts';
import type { CommandContext } from './command-context.ts';

export function createLoginCommand(context: CommandContext): Command {
  return new Command('login')
    .description('check a user name and password with a server, and remember them')
    .argument('[server]', 'host:port or https://host:port; default: --server or the current one')
    .option('--device', 'sign in with a browser, here or elsewhere, and get an access token')
    .action((server: string | undefined, options: LoginOptions, command: Command) =>
      login(context.openSession(command), server, options),
    );
}

interface LoginOptions {
  readonly device?: boolean;
}

/** What a server is shown from then on. */
interface Login {
  readonly username: string;
  readonly password: string;
  /** What `password` is, when it is none. */
  readonly token?: { readonly expiresAt: string };
}

async function login(session: Session, serverArgument: string | undefined, { device }: LoginOptions): Promise<void> {
  const { options, printer, store } = session;
  const server = serverArgument ?? options.server;
  const { address, saved } = await session.findAddress(server);
  const trustedRealms = [...new Set([...(saved?.trustedRealms ?? []), ...(options.trustRealm ?? [])])];
  const caCert = options.caCert === undefined ? saved?.caCert : path.resolve(options.caCert);
  if (device && (options.username !== undefined || options.passwordStdin)) {
    throw usageError('--device asks for no name and no password: who signs in with the browser is logged in');
  }
  const asked = device ? undefined : await askCredentials(session, address.host, saved);
  await session.prepareTls(address, caCert);
  const withBrowser = () => loginByDevice(session, session.connectAs(address, undefined, trustedRealms));
  let done: Login = asked ?? (await withBrowser());
  if (!(await tryLogin(session, address, done, trustedRealms))) {
    printer.warn(
      `${address.host} takes no password from ${done.username}, who has a second factor: sign in with a browser`,
    );
    done = await withBrowser();
    await tryLogin(session, address, done, trustedRealms);
  }
  const { username, password, token } = done;
  const entry: SavedServer = {
    ...saved,
    host: address.host,
    scheme: address.origin.startsWith('https:') ? 'https' : 'http',
    username,
    secret: password,
    ...(caCert === undefined ? {} : { caCert }),
    ...(trustedRealms.length === 0 ? {} : { trustedRealms }),
  };
  await store.saveServer(entry, { makeCurrent: true });
  const ends = token === undefined ? '' : ` with an access token that ends ${token.expiresAt.slice(0, 10)}`;
  printer.result({
    json: { server: address.host, username, file: store.file, ...(token && { tokenExpiresAt: token.expiresAt }) },
    text: () => `Logged in to ${address.host} as ${username}${ends}. Saved in ${store.file} (readable by you only).`,
    quiet: () => '',
  });
}

/**
 * @returns false when the password is right and an access token is wanted in its place, and somebody is there to get one
 * @throws CliError for any other answer but a welcome
 */
async function tryLogin(
  session: Session,
  address: ServerAddress,
  { username, password, token }: Login,
  trustedRealms: readonly string[],
): Promise<boolean> {
  const connection = session.connectAs(address, createCredentials(username, password), trustedRealms);
  const response = await connection.send({ method: 'GET', target: '/v2/', scopes: [] }).catch((error: unknown) => {
    if (token === undefined && canAskForBrowser(session) && wantsToken(error)) return undefined;
    throw error;
  });
  if (response === undefined) return false;
  if (response.status === 404) {
    throw new CliError(EXIT_CODE.failure, `${address.host} is not a registry`, {
      why: 'it has no /v2/ end point',
      remedy: 'check the address',
    });
  }
  if (response.status === 200) {
    await response.body?.cancel();
    return true;
  }
  const error = await createResponseError(response, `log in to ${address.host}`);
  if (token === undefined && canAskForBrowser(session) && wantsToken(error)) return false;
  throw error;
}

function canAskForBrowser({ runtime, options }: Session): boolean {
  return runtime.stdin.isTTY === true && options.passwordStdin !== true;
}

/** The sentence with which the server refuses the password of an account with a second factor. */
function wantsToken(error: unknown): boolean {
  return error instanceof CliError && /personal access token/.test(`${error.message} ${error.why ?? ''}`);
}

/** @returns undefined for who names nobody on a terminal: a browser is to say it */
async function askCredentials(
  session: Session,
  host: string,
  saved: SavedServer | undefined,
): Promise<Login | undefined> {
  const { options, runtime } = session;
  const terminal = runtime.stdin.isTTY === true;
  if (options.username === undefined && (!terminal || options.passwordStdin)) {
    throw usageError('login needs --username', 'roadstead login SERVER --username NAME --password-stdin, or --device');
  }
  const suggestion = saved?.username === undefined ? ' (none: sign in with a browser)' : ` [${saved.username}]`;
  const username =
    options.username ??
    ((await askOnTerminal(runtime, `User name for ${host}${suggestion}: `, { hidden: false })).trim() ||
      saved?.username);
  if (!username) {
    if (options.username === undefined) return undefined;
    throw usageError('the user name is empty');
  }
  if (options.passwordStdin) return { username, password: await readPasswordFromStdin(runtime) };
  if (!terminal) throw usageError('login needs a password', 'echo "$PASSWORD" | roadstead login … --password-stdin');
  const password = await askOnTerminal(runtime, `Password of ${username}: `, { hidden: true });
  if (password === '') throw usageError('the password is empty');
  return { username, password };
}
