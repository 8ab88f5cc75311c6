import { CliError } from './cli-error.ts';
import { EXIT_CODE, type ExitCode } from './exit-code.ts';
import { stripControls } from './terminal/strip-controls.ts';

export interface RenderOptions {
  readonly json: boolean;
  /** Adds stack traces (`ROADSTEAD_DEBUG=1`). */
  readonly debug: boolean;
}

/** The text for stderr and the exit code of any thrown value. */
export function renderError(error: unknown, options: RenderOptions): { text: string; exitCode: ExitCode } {
  const shown = toCliError(error);
  const text = options.json ? renderJson(shown) : renderLines(shown);
  const trace = options.debug ? `\n${describeStack(error)}` : '';
  return { text: `${text}${trace}\n`, exitCode: shown.exitCode };
}

/** As it is shown, whatever was thrown. */
export function toCliError(error: unknown): CliError {
  return error instanceof CliError ? error : fromUnexpected(error);
}

function renderLines(error: CliError): string {
  const lines = [`roadstead: ${error.message}`];
  if (error.why) lines.push(`  why: ${error.why}`);
  if (error.remedy) lines.push(`  try: ${error.remedy}`);
  return stripControls(lines.join('\n'));
}

function renderJson(error: CliError): string {
  return JSON.stringify({
    error: { exitCode: error.exitCode, message: error.message, why: error.why ?? null, remedy: error.remedy ?? null },
  });
}

function fromUnexpected(error: unknown): CliError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC')
    return new CliError(EXIT_CODE.failure, 'the disk is full', { why: message, remedy: 'free some space and repeat' });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new CliError(EXIT_CODE.failure, 'a file or folder may not be used', {
      why: message,
      remedy: 'check its owner and mode, or choose another place',
    });
  return new CliError(EXIT_CODE.failure, message, { remedy: 'ROADSTEAD_DEBUG=1 shows where this came from' });
}

function describeStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${describeStack(error.cause)}`;
}
