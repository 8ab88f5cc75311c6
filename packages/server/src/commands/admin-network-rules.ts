import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import { type NetworkRuleSet, NO_NETWORK_RULES, parseNetworkRuleSet } from '../network-rules/network-rule-set.ts';
import { type CommandContext, EXIT_CODE, type ExitCode, UsageError } from './command-context.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';

/**
 * Reads the network rules of an instance, or replaces them, while a server may have it open.
 * @param rules undefined changes nothing
 * @returns those that are in force then
 * @throws ProductError NOT_FOUND, CONFLICT (the instance is being destroyed)
 */
export type AdministerNetworkRules = (
  config: Config,
  instanceId: string,
  rules: NetworkRuleSet | undefined,
) => Promise<NetworkRuleSet>;

export interface NetworkRulesOptions extends CommonOptions {
  readonly instance?: string | undefined;
  readonly clear?: boolean | undefined;
  readonly set?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `admin network-rules`: from the server's own machine, so that nobody is locked out for good. */
export async function administerNetworkRules(
  context: CommandContext,
  options: NetworkRulesOptions,
  administer: AdministerNetworkRules,
): Promise<ExitCode> {
  const { instance = DEFAULT_INSTANCE_ID } = options;
  const asked = await readAsked(context, options);
  const config = await loadConfig(context, options);
  const rules = await administer(config, instance, asked);
  if (options.json === true) {
    context.print(`${JSON.stringify(rules)}\n`);
    return EXIT_CODE.ok;
  }
  const show = (networks: readonly string[]) => (networks.length === 0 ? 'every network' : networks.join(', '));
  context.print(`management: ${show(rules.management)}\nregistry: ${show(rules.registry)}\n`);
  if (asked !== undefined) context.print('A running server follows within two seconds.\n');
  return EXIT_CODE.ok;
}

async function readAsked(
  { workingDir }: CommandContext,
  { clear, set }: NetworkRulesOptions,
): Promise<NetworkRuleSet | undefined> {
  if (clear === true && set !== undefined) throw new UsageError('--clear and --set exclude each other');
  if (clear === true) return NO_NETWORK_RULES;
  if (set === undefined) return undefined;
  const file = path.resolve(workingDir, set);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw new UsageError(
      `${file} cannot be read as JSON: it must hold {"management": [networks], "registry": [networks]}`,
    );
  }
  return parseNetworkRuleSet(value);
}
