import { Command } from 'commander';
import type { Session } from '../session.ts';
import type { CommandContext } from './command-context.ts';

export function createLogoutCommand(context: CommandContext): Command {
  return new Command('logout')
    .description('forget the saved login of a server')
    .argument('[server]', 'default: --server or the current one')
    .action((server: string | undefined, _options, command: Command) => logout(context.openSession(command), server));
}

async function logout(session: Session, server: string | undefined): Promise<void> {
  const { address } = await session.findAddress(server);
  const removed = await session.store.removeServer(address.host);
  session.printer.result({
    json: { server: address.host, removed },
    text: () => (removed ? `Logged out of ${address.host}.` : `There was no login for ${address.host}.`),
    quiet: () => '',
  });
}
