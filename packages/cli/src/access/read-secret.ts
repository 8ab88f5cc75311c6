import { usageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { readPasswordFromStdin } from '../terminal/read-password.ts';

/** The secret of `--secret-stdin`; undefined without it. @throws CliError usage */
export async function findSecret(session: Session, fromStdin: boolean): Promise<string | undefined> {
  if (!fromStdin) return undefined;
  if (session.options.passwordStdin) {
    throw usageError('--secret-stdin and --password-stdin cannot both read standard input', 'roadstead login');
  }
  return readPasswordFromStdin(session.runtime);
}
