import path from 'node:path';
import { Command } from 'commander';
import { CliError, usageError } from '../cli-error.ts';
import type { SavedServer } from '../contexts/context-file.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { createCredentials } from '../registry/credentials.ts';
import { createResponseError } from '../registry/response-error.ts';
import type { Session } from '../session.ts';
import { askOnTerminal, readPasswordFromStdin } from '../terminal/read-password.ts';
import type { CommandContext } from './command-context.ts';

export function createLoginCommand(context: CommandContext): Command {
  return new Command('login')
    .description('check a user name and password with a server, and remember them')
    .argument('[server]', 'host:port or https://host:port; default: --server or the current one')
    .action((server: string | undefined, _options, command: Command) => login(context.openSession(command), server));
}

async function login(session: Session, serverArgument: string | undefined): Promise<void> {
  const { options, printer, store } = session;
  const server = serverArgument ?? options.server;
  const { address, saved } = await session.findAddress(server);
  const { username, password } = await askCredentials(session, address.host, saved);
  const trustedRealms = [...new Set([...(saved?.trustedRealms ?? []), ...(options.trustRealm ?? [])])];
  const caCert = options.caCert === undefined ? saved?.caCert : path.resolve(options.caCert);
  await session.prepareTls(address, caCert);
  const connection = session.connectAs(address, createCredentials(username, password), trustedRealms);
  const response = await connection.send({ method: 'GET', target: '/v2/', scopes: [] });
  if (response.status === 404) {
    throw new CliError(EXIT_CODE.failure, `${address.host} is not a registry`, {
      why: 'it has no /v2/ end point',
      remedy: 'check the address',
    });
  }
  if (response.status !== 200) throw await createResponseError(response, `log in to ${address.host}`);
  await response.body?.cancel();

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
  printer.result({
    json: { server: address.host, username, file: store.file },
    text: () => `Logged in to ${address.host} as ${username}. Saved in ${store.file} (readable by you only).`,
    quiet: () => '',
  });
}

async function askCredentials(session: Session, host: string, saved: SavedServer | undefined) {
  const { options, runtime } = session;
  const terminal = runtime.stdin.isTTY === true;
  if (options.username === undefined && (!terminal || options.passwordStdin)) {
    throw usageError('login needs --username', 'roadstead login SERVER --username NAME --password-stdin');
  }
  const suggestion = saved?.username === undefined ? '' : ` [${saved.username}]`;
  const username =
    options.username ??
    ((await askOnTerminal(runtime, `User name for ${host}${suggestion}: `, { hidden: false })).trim() ||
      saved?.username);
  if (!username) throw usageError('the user name is empty');
  if (options.passwordStdin) return { username, password: await readPasswordFromStdin(runtime) };
  if (!terminal) throw usageError('login needs a password', 'echo "$PASSWORD" | roadstead login … --password-stdin');
  const password = await askOnTerminal(runtime, `Password of ${username}: `, { hidden: true });
  if (password === '') throw usageError('the password is empty');
  return { username, password };
}
