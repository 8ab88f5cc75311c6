import { usageError } from '../cli-error.ts';

/** Whom a rule is to trust, as the command line says it. */
export interface TrustOptions {
  readonly github?: string;
  readonly gitlab?: string;
  readonly kubernetes?: boolean;
  readonly ref?: string;
  readonly environment?: string;
  readonly namespace?: string;
  readonly serviceAccount?: string;
  readonly issuer?: string;
  readonly claim?: readonly string[];
}

export interface RuleTrust {
  readonly issuer: string;
  readonly conditions: Readonly<Record<string, readonly string[]>>;
}

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const EXAMPLE = '--github octo-org/app --ref refs/heads/main';

/**
 * The issuer and the conditions of what is asked for; `--claim` adds to each preset, and stands alone with `--issuer`.
 * @throws CliError usage
 */
export function readRuleTrust(options: TrustOptions): RuleTrust {
  const { github, gitlab, kubernetes = false } = options;
  if ([github !== undefined, gitlab !== undefined, kubernetes].filter(Boolean).length > 1) {
    throw usageError('--github, --gitlab and --kubernetes exclude each other');
  }
  if (github === undefined && gitlab === undefined && options.ref !== undefined) {
    throw usageError('--ref goes with --github or --gitlab', EXAMPLE);
  }
  if (github === undefined && options.environment !== undefined) {
    throw usageError('--environment goes with --github', EXAMPLE);
  }
  if (!kubernetes && (options.namespace !== undefined || options.serviceAccount !== undefined)) {
    throw usageError('--namespace and --service-account go with --kubernetes');
  }
  const { issuer, claims } = readPreset(options);
  const conditions: Record<string, string[]> = {};
  for (const [claim, pattern] of [...claims, ...(options.claim ?? []).map(readClaim)]) {
    conditions[claim] = [...(conditions[claim] ?? []), pattern];
  }
  return { issuer, conditions };
}

type Claim = readonly [claim: string, pattern: string];

function readPreset(options: TrustOptions): { readonly issuer: string; readonly claims: readonly Claim[] } {
  const { github, gitlab, kubernetes, ref, environment, namespace, serviceAccount, issuer } = options;
  if (github !== undefined) {
    if (!/^[^/\s]+\/[^/\s]+$/.test(github)) throw usageError('--github takes OWNER/REPO', EXAMPLE);
    const claims = [['repository', github], ...optional('ref', ref), ...optional('environment', environment)] as const;
    return { issuer: issuer ?? GITHUB, claims };
  }
  if (gitlab !== undefined) {
    if (!/^[^/\s]+(?:\/[^/\s]+)+$/.test(gitlab)) throw usageError('--gitlab takes GROUP/PROJECT', '--gitlab group/app');
    return { issuer: issuer ?? GITLAB, claims: [['project_path', gitlab], ...optional('ref', ref)] };
  }
  if (issuer === undefined) throw usageError('say whose tokens: --github, --gitlab, or --issuer', EXAMPLE);
  if (kubernetes !== true) return { issuer, claims: [] };
  if (namespace === undefined || serviceAccount === undefined) {
    throw usageError('--kubernetes needs --issuer, --namespace and --service-account');
  }
  return {
    issuer,
    claims: [
      ['kubernetes.io/namespace', namespace],
      ['kubernetes.io/serviceaccount/name', serviceAccount],
    ],
  };
}

function optional(claim: string, pattern: string | undefined): readonly Claim[] {
  return pattern === undefined ? [] : [[claim, pattern]];
}

function readClaim(text: string): Claim {
  const equals = text.indexOf('=');
  if (equals > 0 && equals < text.length - 1) return [text.slice(0, equals), text.slice(equals + 1)];
  throw usageError(`--claim ${JSON.stringify(text)} is no CLAIM=PATTERN`, '--claim ref=refs/heads/main');
}
