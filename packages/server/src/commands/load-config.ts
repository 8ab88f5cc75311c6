import { type Config, type ConfigReport, inspectConfig, readConfig } from '../config/config.ts';
import { readConfigFile } from '../config/config-file.ts';
import { readEnv } from '../config/env.ts';
import type { CommandContext } from './command-context.ts';

/** Options that every command of the server takes. */
export interface CommonOptions {
  /** `--config` */
  readonly config?: string | undefined;
}

/** The configuration of this process. @throws ConfigurationError */
export async function loadConfig(context: CommandContext, options: CommonOptions): Promise<Config> {
  return readConfig(await findSources(context, options));
}

/** The same with every problem collected. @throws ConfigurationError when the file itself cannot be read */
export async function loadConfigReport(context: CommandContext, options: CommonOptions): Promise<ConfigReport> {
  return inspectConfig(await findSources(context, options));
}

async function findSources({ env: source, workingDir }: CommandContext, options: CommonOptions) {
  const env = readEnv(source);
  return { env, file: await readConfigFile({ env, path: options.config, workingDir }), workingDir };
}
