import pino from 'pino';
import type { Config } from '../config/config.ts';
import { generatePassword, writeAdminPasswordFile } from '../config/secrets.ts';
import { ADMINISTRATOR_NAME } from '../identity/users.ts';
import { startServer } from '../server.ts';
import { adminPasswordFolder } from './admin-password-folder.ts';
import { type CommandContext, EXIT_CODE, type ExitCode } from './command-context.ts';

/** `serve`: runs the server until SIGTERM or SIGINT; SIGHUP reads the TLS files again; a second SIGINT ends it at once. */
export async function serve(context: CommandContext, config: Config, version: string): Promise<ExitCode> {
  const logger = pino({ level: config.logLevel });
  const passwordFiles: string[] = [];
  const server = await startServer({
    config,
    logger,
    firstPassword: (instanceId) => {
      if (config.adminPassword !== undefined) return config.adminPassword;
      const password = generatePassword();
      passwordFiles.push(writeAdminPasswordFile(adminPasswordFolder(config.dataDir, instanceId), password));
      return password;
    },
  });
  context.printError(`Roadstead ${version} serves on ${server.url}, with its data in ${config.dataDir}\n`);
  for (const file of passwordFiles) {
    context.printError(`The administrator is ${ADMINISTRATOR_NAME}; the generated password is in ${file}\n`);
  }
  process.on('SIGHUP', () => server.reloadTls());
  await untilToldToStop();
  logger.info('stopping');
  await server.stop();
  return EXIT_CODE.ok;
}

function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once('SIGINT', () => process.exit(130));
        resolve();
      });
    }
  });
}
