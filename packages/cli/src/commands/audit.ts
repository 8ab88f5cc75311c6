import { Command } from 'commander';
import { auditExport } from '../audit/audit-export.ts';
import { type VerifyOptions, verifyAudit } from '../audit/verify-audit.ts';
import { findNumber, findString, listOf, recordOf } from '../json-shape.ts';
import { plural } from '../operations/render-collection.ts';
import { callForJson, callForRecord } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { confirmOnTerminal } from '../terminal/confirm-on-terminal.ts';
import { createAuditLogCommand } from './audit-log.ts';
import type { CommandContext } from './command-context.ts';

const collect = (value: string, before: readonly string[]) => [...before, value];

export function createAuditCommand(context: CommandContext): Command {
  return new Command('audit')
    .description('read the audit log, get it out of the registry, and check it')
    .addCommand(createAuditLogCommand(context))
    .addCommand(
      new Command('verify')
        .description('check an exported audit log: needs no server and no secret')
        .argument('<file>', 'what `audit export` has written; - is standard input')
        .option('--key <file>', 'file with the public keys that you have kept, one a line', collect, [])
        .option('--witness <file>', 'file with checkpoints that a witness has kept; may be repeated', collect, [])
        .action((file: string, options: VerifyOptions, command: Command) =>
          verifyAudit(context.openSession(command), file, options),
        ),
    )
    .addCommand(
      new Command('export')
        .description('write the whole audit log, signed, as lines of JSON (administrators)')
        .option('-o, --output <file>', 'where to; default: standard output')
        .action((options: { readonly output?: string }, command: Command) =>
          auditExport(context.openSession(command), options),
        ),
    )
    .addCommand(
      new Command('checkpoint')
        .description('sign the audit log as it is now, and print the checkpoint (administrators)')
        .action((_options: object, command: Command) => checkpoint(context.openSession(command))),
    )
    .addCommand(
      new Command('key')
        .description('print the public keys of the audit log, to be kept elsewhere (administrators)')
        .action((_options: object, command: Command) => showKeys(context.openSession(command))),
    )
    .addCommand(
      new Command('rotate-key')
        .description('sign the audit log by a new key, and print it to be kept beside the others (administrators)')
        .action((_options: object, command: Command) => rotateKey(context.openSession(command))),
    )
    .addCommand(
      new Command('erase')
        .description(
          'forget somebody whose account was deleted: entries become stumps that still verify (administrators)',
        )
        .argument('<account>', 'as the audit log shows it: user:7')
        .option('-y, --yes', 'do not ask')
        .action((account: string, options: { readonly yes?: boolean }, command: Command) =>
          erase(context.openSession(command), account, options.yes ?? false),
        ),
    );
}

async function checkpoint(session: Session): Promise<void> {
  const connection = await session.connect();
  const call = { method: 'POST', path: '/audit/checkpoint', action: 'sign the audit log' } as const;
  const made = await callForRecord(connection, call);
  session.printer.result({
    json: { server: connection.server.host, ...made },
    text: () => findString(made, 'note')?.trimEnd() ?? '',
    quiet: () => String(findNumber(made, 'size') ?? 0),
  });
}

async function showKeys(session: Session): Promise<void> {
  const connection = await session.connect();
  const call = { method: 'GET', path: '/audit/keys', action: 'get the keys of the audit log' } as const;
  const { document } = await callForJson(connection, call);
  const keys = listOf(document).map(recordOf);
  const texts = keys.map((key) => findString(key, 'key') ?? '').join('\n');
  session.printer.result({ json: { server: connection.server.host, keys }, text: () => texts });
}

async function rotateKey(session: Session): Promise<void> {
  const connection = await session.connect();
  const call = { method: 'POST', path: '/audit/keys', action: 'rotate the key of the audit log' } as const;
  const made = await callForRecord(connection, call);
  session.printer.result({
    json: { server: connection.server.host, ...made },
    text: () => findString(made, 'key') ?? '',
  });
}

async function erase(session: Session, account: string, yes: boolean): Promise<void> {
  if (!yes) {
    const consequence = `Will erase what ${account} did and what names ${account} from the audit log, for good.`;
    await confirmOnTerminal(session, { command: 'audit erase', consequence, question: 'Erase?' });
  }
  const connection = await session.connect();
  const action = `erase ${account} from the audit log`;
  const call = { method: 'POST', path: '/audit/erasures', body: { account }, action } as const;
  const answer = await callForRecord(connection, call);
  const erased = findNumber(answer, 'erased') ?? 0;
  session.printer.result({
    json: { server: connection.server.host, ...answer },
    text: () => `Erased ${plural(erased, 'entry', 'entries')}. Copies elsewhere (exports, backups) still have them.`,
    quiet: () => String(erased),
  });
}
