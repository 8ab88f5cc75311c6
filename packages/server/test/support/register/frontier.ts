/** One way in which a history may have gone so far. Sets of operations that have not returned have a bit for each. */
export interface Configuration {
  readonly state: number;
  /** Those that have taken effect. */
  readonly done: bigint;
  /**
   * Blind writes whose value nobody looks for that may have taken effect already without a trace, since another write came
   * after them, but may also take effect from now on.
   */
  readonly optional: bigint;
  /** How many spare operations of each kind have taken effect. */
  readonly used: readonly number[];
}

/** The ways in which a history may have gone so far, without those that another one makes superfluous. */
export class Frontier {
  readonly #places = new Map<string, Configuration[]>();
  readonly #traceless: bigint;

  /** @param traceless the blind writes whose value nobody looks for */
  constructor(traceless: bigint) {
    this.#traceless = traceless;
  }

  /** @returns false when one is there already from which everything is possible that is possible from this one */
  add(configuration: Configuration): boolean {
    const place = `${configuration.state}/${configuration.done & ~this.#traceless}`;
    const others = this.#places.get(place);
    if (others === undefined) {
      this.#places.set(place, [configuration]);
      return true;
    }
    if (others.some((other) => covers(other, configuration))) return false;
    const kept = others.filter((other) => !covers(configuration, other));
    this.#places.set(place, [...kept, configuration]);
    return true;
  }

  list(): readonly Configuration[] {
    return [...this.#places.values()].flat();
  }
}

function covers(one: Configuration, other: Configuration): boolean {
  const difference = (one.done ^ other.done) | (one.optional ^ other.optional);
  return (difference & ~one.optional) === 0n && one.used.every((count, kind) => count <= (other.used[kind] ?? 0));
}
