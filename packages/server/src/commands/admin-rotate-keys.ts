import type { Config } from '../config/config.ts';
import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import { type CommandContext, EXIT_CODE, type ExitCode, UsageError } from './command-context.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';

/**
 * Gives an instance a new key that signs its registry tokens, while a server may have it open; what the old one signed stays
 * valid until it expires.
 * @returns the id of the new key, the `kid` of its tokens
 * @throws ProductError NOT_FOUND, CONFLICT (the instance is being destroyed)
 */
export type RotateKeys = (config: Config, instanceId: string) => Promise<{ readonly keyId: string }>;

/**
 * Gives an instance a new key that seals its secrets, and seals them anew with it, while a server may have it open.
 * @throws ProductError NOT_FOUND, CONFLICT
 */
export type RotateInstanceKey = (
  config: Config,
  instanceId: string,
  wait: (ms: number) => Promise<void>,
) => Promise<{ readonly keyId: string; readonly resealed: number }>;

/**
 * Puts the keys of all instances under the configured master key, while servers may run that know both.
 * @throws ConfigurationError when a master key is missing
 */
export type RotateMasterKey = (config: Config) => Promise<{ readonly instances: number; readonly rewrapped: number }>;

export interface KeyRotations {
  readonly rotateKeys: RotateKeys;
  readonly rotateInstanceKey: RotateInstanceKey;
  readonly rotateMasterKey: RotateMasterKey;
}

export interface RotateKeysOptions extends CommonOptions {
  readonly instance?: string | undefined;
  readonly instanceKey?: boolean | undefined;
  readonly master?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** `admin rotate-keys`: of the signing of tokens, of the sealing of secrets, or the master key */
export async function rotateInstanceKeys(
  context: CommandContext,
  options: RotateKeysOptions,
  rotations: KeyRotations,
): Promise<ExitCode> {
  const config = await loadConfig(context, options);
  if (options.master === true) return rotateMaster(context, config, options, rotations);
  const { instance = DEFAULT_INSTANCE_ID } = options;
  if (options.instanceKey === true) return rotateSecrets(context, config, { ...options, instance }, rotations);
  const { keyId } = await rotations.rotateKeys(config, instance);
  if (options.json === true) context.print(`${JSON.stringify({ instance, keyId })}\n`);
  else {
    context.print(
      `The tokens of the instance ${instance} are signed by the new key ${keyId}, within seconds by a running server too.\n` +
        'Tokens that the old key signed stay valid until they expire.\n',
    );
  }
  return EXIT_CODE.ok;
}

async function rotateSecrets(
  context: CommandContext,
  config: Config,
  { instance, json }: RotateKeysOptions & { readonly instance: string },
  { rotateInstanceKey }: KeyRotations,
): Promise<ExitCode> {
  const { keyId, resealed } = await rotateInstanceKey(config, instance, (ms) => context.wait(ms));
  if (json === true) context.print(`${JSON.stringify({ instance, keyId, resealed })}\n`);
  else context.print(`The secrets of the instance ${instance} are sealed by the new key ${keyId}: ${resealed} anew.\n`);
  return EXIT_CODE.ok;
}

async function rotateMaster(
  context: CommandContext,
  config: Config,
  { instance, instanceKey, json }: RotateKeysOptions,
  { rotateMasterKey }: KeyRotations,
): Promise<ExitCode> {
  if (instanceKey === true) throw new UsageError('--master and --instance-key exclude each other');
  if (instance !== undefined) throw new UsageError('the master key is that of all instances: leave --instance out');
  const { instances, rewrapped } = await rotateMasterKey(config);
  if (json === true) {
    context.print(`${JSON.stringify({ instances, rewrapped })}\n`);
    return EXIT_CODE.ok;
  }
  context.print(
    `The keys of ${instances} instances are under the master key of ROADSTEAD_MASTER_KEY_FILE: ${rewrapped} were put there now.\n`,
  );
  if (rewrapped > 0) {
    context.print(
      'Run this again: when it puts none there, start the servers without ROADSTEAD_MASTER_KEY_PREVIOUS_FILE. ' +
        'Keep the old key as long as backups from before today.\n',
    );
  }
  return EXIT_CODE.ok;
}
