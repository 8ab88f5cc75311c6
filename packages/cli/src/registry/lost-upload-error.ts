import { CliError } from '../cli-error.ts';

/** The upload is gone or of no use, but the blob can be sent by a new one. */
export class LostUploadError extends CliError {
  constructor(cause: CliError) {
    super(cause.exitCode, cause.message, { why: cause.why, remedy: cause.remedy, cause });
  }
}

export function isLostSession(status: number): boolean {
  return status === 404 || status === 416 || status === 429 || status >= 500;
}
