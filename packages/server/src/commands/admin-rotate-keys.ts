import type { Config } from '../config/config.ts';
import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import { type CommandContext, EXIT_CODE, type ExitCode } from './command-context.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';

/**
 * Gives an instance a new key that signs its registry tokens, while a server may have it open; what the old one signed stays
 * valid until it expires.
 * @returns the id of the new key, the `kid` of its tokens
 * @throws ProductError NOT_FOUND, CONFLICT (the instance is being destroyed)
 */
export type RotateKeys = (config: Config, instanceId: string) => Promise<{ readonly keyId: string }>;

export interface RotateKeysOptions extends CommonOptions {
  readonly instance?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `admin rotate-keys` */
export async function rotateInstanceKeys(
  context: CommandContext,
  options: RotateKeysOptions,
  rotateKeys: RotateKeys,
): Promise<ExitCode> {
  const config = await loadConfig(context, options);
  const { instance = DEFAULT_INSTANCE_ID } = options;
  const { keyId } = await rotateKeys(config, instance);
  if (options.json === true) context.print(`${JSON.stringify({ instance, keyId })}\n`);
  else {
    context.print(
      `The tokens of the instance ${instance} are signed by the new key ${keyId}, within seconds by a running server too.\n` +
        'Tokens that the old key signed stay valid until they expire.\n',
    );
  }
  return EXIT_CODE.ok;
}
