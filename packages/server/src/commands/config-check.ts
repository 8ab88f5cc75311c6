import type { ConfigReport } from '../config/config.ts';
import { ConfigurationError } from '../kernel/errors.ts';
import { type CommandContext, EXIT_CODE, type ExitCode } from './command-context.ts';
import { type CommonOptions, loadConfigReport } from './load-config.ts';

export interface ConfigCheckOptions extends CommonOptions {
  readonly json?: boolean | undefined;
}

/** `config check`: every problem, and the configuration that is in effect, without its secrets. */
export async function checkConfig(context: CommandContext, options: ConfigCheckOptions): Promise<ExitCode> {
  const report = await loadReport(context, options);
  const { problems, settings } = report;
  if (options.json === true) {
    const effective = settings.map(({ name, text, source }) => [name, { value: text ?? null, source }] as const);
    const answer = { ok: problems.length === 0, problems, settings: Object.fromEntries(effective) };
    context.print(`${JSON.stringify(answer, undefined, 2)}\n`);
  } else {
    for (const problem of problems) context.print(`wrong: ${problem}\n`);
    const width = Math.max(0, ...settings.map(({ name }) => name.length));
    for (const { name, text, source } of settings) {
      context.print(`${name.padEnd(width)}  ${describeText(text)}${source === 'default' ? '' : `  (${source})`}\n`);
    }
    context.print(problems.length === 0 ? 'The configuration is right.\n' : `${countOf(problems.length)} to solve.\n`);
  }
  return problems.length === 0 ? EXIT_CODE.ok : EXIT_CODE.usage;
}

/** A file that cannot be read at all is a problem like the others here. */
async function loadReport(context: CommandContext, options: CommonOptions): Promise<ConfigReport> {
  try {
    return await loadConfigReport(context, options);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { config: undefined, problems: [error.message], settings: [] };
  }
}

function describeText(text: string | undefined): string {
  if (text === undefined) return '-';
  return text === '' ? '(empty)' : text;
}

function countOf(problems: number): string {
  return problems === 1 ? '1 problem' : `${problems} problems`;
}
