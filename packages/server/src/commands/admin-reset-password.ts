import type { Config } from '../config/config.ts';
import { generatePassword, writeAdminPasswordFile } from '../config/secrets.ts';
import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import { adminPasswordFolder } from './admin-password-folder.ts';
import { type CommandContext, EXIT_CODE, type ExitCode, UsageError } from './command-context.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';

export interface PasswordReset {
  readonly instanceId: string;
  readonly username: string;
  readonly password: string;
  /** Whether all second factors of the account go as well. */
  readonly clearsSecondFactors: boolean;
}

/**
 * Sets a user's password in the database of an instance, while a server may have it open, enables the account if it was
 * disabled, and ends the user's tokens and sessions.
 * @throws ProductError BAD_REQUEST (the password's rule), NOT_FOUND (no such user)
 */
export type ResetPassword = (
  config: Config,
  reset: PasswordReset,
) => Promise<{ readonly wasDisabled: boolean; readonly hadSecondFactor: boolean }>;

export interface ResetPasswordOptions extends CommonOptions {
  readonly instance?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
  readonly clearSecondFactor?: boolean | undefined;
}

/** `admin reset-password`: from the standard input, or generated into a file of which only the path is printed. */
export async function resetAdminPassword(
  context: CommandContext,
  options: ResetPasswordOptions,
  resetPassword: ResetPassword,
): Promise<ExitCode> {
  const config = await loadConfig(context, options);
  const { instance: instanceId = DEFAULT_INSTANCE_ID, username = 'admin' } = options;
  const given = options.passwordStdin === true ? await readPassword(context) : undefined;
  const password = given ?? generatePassword();
  const clearsSecondFactors = options.clearSecondFactor ?? false;
  const reset = { instanceId, username, password, clearsSecondFactors };
  const { wasDisabled, hadSecondFactor } = await resetPassword(config, reset);
  if (given === undefined) {
    const file = writeAdminPasswordFile(adminPasswordFolder(config.dataDir, instanceId), password);
    context.print(`The new password of ${username} is in ${file}\n`);
  } else {
    context.print(`The password of ${username} is changed.\n`);
  }
  if (wasDisabled) context.print(`The account ${username} was disabled: it can sign in again.\n`);
  if (hadSecondFactor && clearsSecondFactors) context.print(`The second factors of ${username} are gone.\n`);
  if (hadSecondFactor && !clearsSecondFactors) {
    context.print(`${username} still needs the second factor: --clear-second-factor takes it away.\n`);
  }
  return EXIT_CODE.ok;
}

async function readPassword(context: CommandContext): Promise<string> {
  const password = (await context.readInput()).replace(/\r?\n$/, '');
  if (password !== '' && !/[\r\n]/.test(password)) return password;
  throw new UsageError('--password-stdin needs the password as the one line of the standard input');
}
