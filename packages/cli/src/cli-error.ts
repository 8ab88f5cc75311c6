import { EXIT_CODE, type ExitCode } from './exit-code.ts';

export interface CliErrorDetails {
  /** The cause in the server's or the system's words. */
  readonly why?: string | undefined;
  /** What the user can do now. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** A failure that is shown to the user: what happened, why, and what to do; never with a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly why: string | undefined;
  readonly remedy: string | undefined;

  constructor(exitCode: ExitCode, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.exitCode = exitCode;
    this.why = details.why;
    this.remedy = details.remedy;
  }
}

export function usageError(message: string, remedy?: string): CliError {
  return new CliError(EXIT_CODE.usage, message, { remedy });
}

export function notFoundError(message: string, details: CliErrorDetails = {}): CliError {
  return new CliError(EXIT_CODE.notFound, message, details);
}

export function authenticationError(message: string, details: CliErrorDetails = {}): CliError {
  return new CliError(EXIT_CODE.authentication, message, details);
}

export function verificationError(message: string, details: CliErrorDetails = {}): CliError {
  return new CliError(EXIT_CODE.verification, message, details);
}

export function conflictError(message: string, details: CliErrorDetails = {}): CliError {
  return new CliError(EXIT_CODE.conflict, message, details);
}
