import { createConfigSchema } from '../config/config-schema.ts';
import { type CommandContext, EXIT_CODE, type ExitCode } from './command-context.ts';

/** `config schema`: the JSON Schema of the configuration file. */
export function printConfigSchema(context: CommandContext): ExitCode {
  context.print(`${JSON.stringify(createConfigSchema(), undefined, 2)}\n`);
  return EXIT_CODE.ok;
}
