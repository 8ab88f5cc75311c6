/** A set of ids that mostly follow one another. */
export class IdRanges {
  /** Sorted, and apart from each other, once they are merged. */
  #ranges: { first: number; last: number }[] = [];
  #isMerged = true;

  add(first: number, last = first): void {
    const before = this.#ranges.at(-1);
    if (before !== undefined && before.last + 1 === first) {
      before.last = last;
      return;
    }
    this.#ranges.push({ first, last });
    this.#isMerged = false;
  }

  has(id: number): boolean {
    const ranges = this.#merged();
    let [low, high] = [0, ranges.length - 1];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const range = ranges[middle];
      if (range === undefined || id < range.first) high = middle - 1;
      else if (id > range.last) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** Those that are not in the other set, at most so many. */
  without(other: IdRanges, limit: number): readonly number[] {
    const missing: number[] = [];
    for (const { first, last } of this.#merged()) {
      for (let id = first; id <= last; id += 1) {
        if (missing.length === limit) return missing;
        if (!other.has(id)) missing.push(id);
      }
    }
    return missing;
  }

  /** `7`, `9-12` … */
  toTexts(): readonly string[] {
    return this.#merged().map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
  }

  /** @param texts what is of another form is left out */
  static parse(texts: readonly unknown[]): IdRanges {
    const ranges = new IdRanges();
    for (const text of texts) {
      const [, first, last] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(String(text)) ?? [];
      if (first !== undefined) ranges.add(Number(first), Number(last ?? first));
    }
    return ranges;
  }

  addAll(other: IdRanges): void {
    for (const { first, last } of other.#ranges) this.add(first, last);
  }

  #merged(): readonly { first: number; last: number }[] {
    if (this.#isMerged) return this.#ranges;
    const merged: { first: number; last: number }[] = [];
    for (const range of this.#ranges.sort((left, right) => left.first - right.first)) {
      const before = merged.at(-1);
      if (before !== undefined && range.first <= before.last + 1) before.last = Math.max(before.last, range.last);
      else merged.push({ ...range });
    }
    this.#ranges = merged;
    this.#isMerged = true;
    return merged;
  }
}
