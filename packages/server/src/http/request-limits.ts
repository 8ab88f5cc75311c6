import { OciError } from '@roadstead/oci';

/** How many requests of one address are answered at the same time. */
export class RequestLimits {
  readonly #maxPerAddress: number;
  readonly #running = new Map<string, number>();

  /** @param maxPerAddress 0 switches the limit off. */
  constructor(maxPerAddress: number) {
    this.#maxPerAddress = maxPerAddress;
  }

  /**
   * @returns what is called at the request's end
   * @throws OciError TOOMANYREQUESTS
   */
  enter(address: string): () => void {
    if (this.#maxPerAddress === 0) return () => undefined;
    const running = this.#running.get(address) ?? 0;
    if (running >= this.#maxPerAddress) {
      throw new OciError('TOOMANYREQUESTS', `One address may have ${this.#maxPerAddress} requests under way at once.`);
    }
    this.#running.set(address, running + 1);
    return () => this.#leave(address);
  }

  #leave(address: string): void {
    const running = (this.#running.get(address) ?? 1) - 1;
    if (running === 0) this.#running.delete(address);
    else this.#running.set(address, running);
  }
}
