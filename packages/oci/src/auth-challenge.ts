import { createTextScanner } from './text-scanner.ts';

export interface BearerChallenge {
  /** URL of the token service. */
  readonly realm: string;
  readonly service: string;
  /** What a token would need, as `formatScope` writes it; several are joined by spaces. */
  readonly scope?: string;
  /** RFC 6750 §3.1, such as `insufficient_scope` or `invalid_token`. */
  readonly error?: string;
}

/** A WWW-Authenticate value that sends a client to the token service. */
export function formatBearerChallenge(challenge: BearerChallenge): string {
  const { realm, service, scope, error } = challenge;
  const parameters = [`realm=${quote(realm)}`, `service=${quote(service)}`];
  if (scope !== undefined) parameters.push(`scope=${quote(scope)}`);
  if (error !== undefined) parameters.push(`error=${quote(error)}`);
  return `Bearer ${parameters.join(',')}`;
}

/** RFC 9110 §5.6.4. Characters that a header must not carry are dropped. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}

/** One challenge of a WWW-Authenticate header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case; the object has no prototype. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The single value that some schemes carry instead of parameters. */
  readonly token68?: string;
}

/** One piece of the header: `name = value`, or a word (and perhaps a token68 behind it), or a comma. */
const PARAMETER =
  /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+\-.^_`|~0-9A-Za-z:/@?]+))/y;
const SCHEME = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?=[ \t,]|$)/y;
const TOKEN_68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const SEPARATORS = /[ \t,]*/y;

/**
 * Reads a WWW-Authenticate header with any number of challenges (RFC 9110 §11.6.1).
 * What follows something unreadable is left out.
 */
export function parseChallenges(header: string | null | undefined): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string>; token68?: string }[] = [];
  const take = createTextScanner(header ?? '');
  for (;;) {
    take(SEPARATORS);
    const current = challenges.at(-1);
    const parameter = current === undefined ? null : take(PARAMETER);
    if (current !== undefined && parameter !== null) {
      const name = (parameter[1] ?? '').toLowerCase();
      current.parameters[name] ??= parameter[2]?.replace(/\\(.)/g, '$1') ?? parameter[3] ?? '';
      continue;
    }
    const scheme = take(SCHEME)?.[1];
    if (scheme === undefined) return challenges;
    const challenge: (typeof challenges)[number] = { scheme: scheme.toLowerCase(), parameters: Object.create(null) };
    challenges.push(challenge);
    const token68 = take(/[ \t]+/y) === null ? undefined : take(TOKEN_68)?.[0];
    if (token68 !== undefined) challenge.token68 = token68;
  }
}
