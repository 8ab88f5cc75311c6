import cluster from 'node:cluster';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { generatePassword, writeAdminPasswordFile } from '../config/secrets.ts';
import { listenOrigin } from '../http/listen-origin.ts';
import { ADMINISTRATOR_NAME } from '../identity/users/administrator-name.ts';
import { adminPasswordFolder } from './admin-password-folder.ts';
import { type CommandContext, EXIT_CODE, type ExitCode } from './command-context.ts';
import { createLogger } from './create-logger.ts';

/** What `serve` runs: the whole server in this process, or the primary of several. */
interface Served {
  reloadTls(): void;
  stop(): Promise<void>;
}

/** `serve`: runs the server until SIGTERM or SIGINT; SIGHUP reads the TLS files again; a second SIGINT ends it at once. */
export async function serve(context: CommandContext, config: Config, version: string): Promise<ExitCode> {
  const logger = createLogger(config.logLevel);
  if (cluster.isWorker) {
    // The primary passes signals on; those of a terminal come to every process.
    process.on('SIGHUP', () => undefined);
    const { runServerProcess } = await import('../processes/run-server-process.ts');
    await runServerProcess(config, logger, untilToldToStop());
    return EXIT_CODE.ok;
  }
  // Told to stop while it starts, it starts and then stops: nothing is left half-way.
  const told = untilToldToStop();
  const passwordFiles: string[] = [];
  const served = await start(config, logger, (file) => passwordFiles.push(file));
  context.printError(`Roadstead ${version} serves on ${listenOrigin(config)}, with its data in ${config.dataDir}\n`);
  for (const file of passwordFiles) {
    context.printError(`The administrator is ${ADMINISTRATOR_NAME}; the generated password is in ${file}\n`);
  }
  process.on('SIGHUP', () => served.reloadTls());
  await told;
  logger.info('stopping');
  await served.stop();
  return EXIT_CODE.ok;
}

async function start(config: Config, logger: Logger, onPasswordFile: (file: string) => void): Promise<Served> {
  const firstPassword = (instanceId: string) => {
    if (config.adminPassword !== undefined) return config.adminPassword;
    const password = generatePassword();
    onPasswordFile(writeAdminPasswordFile(adminPasswordFolder(config.dataDir, instanceId), password));
    return password;
  };
  if (config.processes > 1) {
    const { runPrimary } = await import('../processes/run-primary.ts');
    return runPrimary({ config, logger, firstPassword });
  }
  const onFatal = (error: Error) => {
    logger.fatal({ err: error }, 'the server cannot go on');
    process.exit(1);
  };
  // The writer's thread loads what it needs while this one does.
  const { openOwnServices } = await import('../processes/open-own-services.ts');
  const services = openOwnServices(config, onFatal);
  const { startServer } = await import('../server.ts');
  return startServer({ config, logger, firstPassword, onFatal, services });
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
