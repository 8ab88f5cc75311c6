import { usageError } from '../cli-error.ts';
import { findString, type JsonRecord, recordOf } from '../json-shape.ts';
import { readPermissionArguments } from './permission-arguments.ts';
import { readRuleTrust, type TrustOptions } from './rule-trust.ts';

/** What is to change of a rule, as the command line says it. */
export interface RuleChangeOptions extends TrustOptions {
  readonly project: string;
  readonly name?: string;
  readonly allow?: readonly string[];
  readonly audience?: string;
  readonly enable?: boolean;
  readonly disable?: boolean;
}

const EXAMPLE = "--claim 'ref=refs/tags/v*', --allow repository:pull, or --disable";

/**
 * The rule as it is to be. What is not named stays as it is; claims and permissions that are named take the place of all those before.
 * @param rule as the server shows it
 * @throws CliError usage
 */
export function changeRule(rule: JsonRecord, options: RuleChangeOptions): JsonRecord {
  const { name, audience, allow, enable = false, disable = false } = options;
  if (enable && disable) throw usageError('--enable and --disable exclude each other');
  const changed = {
    ...(name === undefined ? {} : { name }),
    ...(audience === undefined ? {} : { audience }),
    ...(allow === undefined ? {} : { permissions: readRulePermissions(allow, options.project) }),
    ...(enable || disable ? { disabled: disable } : {}),
    ...changeTrust(rule, options),
  };
  if (Object.keys(changed).length === 0) throw usageError('say what is to change', EXAMPLE);
  const { issuer, conditions, permissions, disabled } = rule;
  return { name: rule['name'], audience: rule['audience'], issuer, conditions, permissions, disabled, ...changed };
}

/** What tokens may do in the project, and nowhere else. @throws CliError usage */
export function readRulePermissions(allow: readonly string[], project: string): unknown {
  const blocks = readPermissionArguments(allow, project);
  const [block] = blocks;
  if (block === undefined || blocks.length > 1 || block['namespace'] !== project) {
    throw usageError('say what the tokens may do in the project', '--allow repository:pull,repository:push');
  }
  return block['access'];
}

function changeTrust(rule: JsonRecord, options: TrustOptions): JsonRecord {
  const { github, gitlab, kubernetes = false, claim, issuer } = options;
  const isPreset = github !== undefined || gitlab !== undefined || kubernetes;
  const known = findString(rule, 'issuer');
  // A preset names its issuer, but for a cluster, which stays the one that it is.
  const given = issuer ?? (github === undefined && gitlab === undefined ? known : undefined);
  const trust = readRuleTrust({ ...options, ...(given === undefined ? {} : { issuer: given }) });
  if (isPreset || claim !== undefined) return { issuer: trust.issuer, conditions: trust.conditions };
  return issuer === undefined ? {} : { issuer, conditions: recordOf(rule['conditions']) };
}
