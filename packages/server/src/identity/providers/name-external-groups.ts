const MAX_NAME_LENGTH = 1_024;
/** More are a provider's mistake: each of them would be a row for each user. */
const MAX_GROUPS = 1_000;

/** How the groups of one provider are told from those of others of its kind. */
export interface GroupNameSpace {
  readonly prefix: string;
  /** What the groups of the other providers of its kind begin with. */
  readonly otherPrefixes: readonly string[];
}

/**
 * What groups of a provider are called here, each once. A name that begins as those of another provider do is left out: who names
 * groups at the one must not give what a group of the other gives. So are names that cannot be shown, or that no database holds.
 */
export function nameExternalGroups(
  names: readonly string[],
  { prefix, otherPrefixes }: GroupNameSpace,
): readonly string[] {
  const foreign = otherPrefixes.filter((other) => other.length > prefix.length);
  const named = names.filter((name) => name.trim() !== '').map((name) => `${prefix}${name}`);
  const fit = named.filter(
    (name) =>
      name.length <= MAX_NAME_LENGTH &&
      !/[\p{Cc}\p{Cs}]/u.test(name) &&
      !foreign.some((other) => name.startsWith(other)),
  );
  return [...new Set(fit)].slice(0, MAX_GROUPS);
}
