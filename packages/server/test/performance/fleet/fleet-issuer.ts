import type { JWK } from 'jose';
import { ForeignIssuer } from '../../support/foreign-issuer.ts';

const TOKEN_SECONDS = 300;
/** Tokens of a key that was replaced are still about. */
const KEPT_KEYS = 3;

/** An issuer as CI services have one, whose keys change now and then. */
export class FleetIssuer {
  readonly #issuer = new ForeignIssuer('localhost');
  #keys: readonly JWK[] = [];
  #count = 0;

  static async open(): Promise<FleetIssuer> {
    const issuer = new FleetIssuer();
    await issuer.#issuer.open();
    await issuer.rotate();
    return issuer;
  }

  get url(): string {
    return this.#issuer.issuer;
  }

  /** PEM, for whoever is to trust it. */
  get certificate(): string {
    return this.#issuer.certificatePem;
  }

  /** How often its documents were asked for. */
  get asked(): number {
    return this.#issuer.asked.length;
  }

  /** Signs with another key from now on. */
  async rotate(): Promise<void> {
    this.#count += 1;
    const key = await this.#issuer.createKey(this.#keyId, 'RS256');
    this.#keys = [key, ...this.#keys].slice(0, KEPT_KEYS);
    this.#issuer.publish(this.#keys);
  }

  sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const times = { iat: now, nbf: now, exp: now + TOKEN_SECONDS };
    return this.#issuer.sign({ ...claims, iss: this.url, ...times }, {}, this.#keyId);
  }

  close(): Promise<void> {
    return this.#issuer.close();
  }

  get #keyId(): string {
    return `key-${this.#count}`;
  }
}
