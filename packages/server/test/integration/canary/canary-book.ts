import { randomBytes } from 'node:crypto';
import { type Canary, createCanary, findCanary } from './canary.ts';
import { FIELD_NAMES, FIELDS, type Field } from './fields.ts';

export type Use = 'accepted' | 'refused';

/** The secrets of one run, by the field that they are for, and what was done with them. */
export class CanaryBook {
  readonly #cores = new Map<Field, string>();
  readonly #canaries: { readonly field: Field; readonly canary: Canary }[] = [];
  readonly #uses = new Map<Field, Set<Use>>();

  constructor() {
    for (const [index, field] of FIELD_NAMES.entries()) {
      if (FIELDS[field] === 'made' || FIELDS[field] === 'kept') continue;
      const core = `Canary-${String(index + 1).padStart(2, '0')}-${randomBytes(8).toString('hex')}`;
      this.#cores.set(field, core);
      this.#canaries.push({ field, canary: createCanary(field, core) });
    }
  }

  /** A secret for the field that keeps the rule for passwords and is awkward to write. */
  right(field: Field): string {
    return `${this.#coreOf(field)}-Aa1"\\&é`;
  }

  /** One of printable ASCII that nothing has to be escaped in. */
  plain(field: Field): string {
    return `${this.#coreOf(field)}-Aa1`;
  }

  /** Another one for the field: it is found like the right one. */
  wrong(field: Field): string {
    return `${this.#coreOf(field)}-Wrong1`;
  }

  /** Keeps what the server made, or will keep. */
  keep(field: Field, secret: string | Uint8Array): void {
    if (secret.length < 16) throw new Error(`what should be a secret for ${field} is too short to be looked for`);
    this.#canaries.push({ field, canary: createCanary(field, secret) });
    this.use(field, 'accepted');
  }

  use(field: Field, use: Use): void {
    this.#uses.set(field, (this.#uses.get(field) ?? new Set()).add(use));
  }

  hasUsed(field: Field, use: Use): boolean {
    return this.#uses.get(field)?.has(use) ?? false;
  }

  get canaries(): readonly Canary[] {
    return this.#canaries.map(({ canary }) => canary);
  }

  /** @param text as latin1 @returns the fields whose secrets stand in it, and in which form */
  find(text: string, allowed: ReadonlySet<Field> = new Set()): readonly string[] {
    const found = this.#canaries.flatMap(({ field, canary }) =>
      allowed.has(field) ? [] : (findCanary(canary, text) ?? []),
    );
    return [...new Set(found)];
  }

  /** How many secrets of the field stand in the text. */
  count(text: string, field: Field): number {
    const canaries = this.#canaries.filter((each) => each.field === field);
    return canaries.filter(({ canary }) => findCanary(canary, text) !== undefined).length;
  }

  #coreOf(field: Field): string {
    const core = this.#cores.get(field);
    if (core === undefined) throw new Error(`the server makes the secret for ${field}`);
    return core;
  }
}
