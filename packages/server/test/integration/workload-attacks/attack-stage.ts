import { base64url, type CryptoKey, exportJWK, generateSecret, importJWK, type JWK, SignJWT } from 'jose';
import type { Engine } from '../../in-process/test-database.ts';
import { WorkloadStage } from '../../in-process/workload-stage.ts';
import type { ForeignIssuer } from '../../support/foreign-issuer.ts';

/** What the rules beside those of `WorkloadStage` ask for; a token for each of them gets in. */
const RULES = {
  wide: { repository: ['wide-org/*'] },
  dots: { repository: ['octo-org/dot.app'] },
  accents: { repository: ['kelvin-org/caf\u00e9'] },
  site: { sub: ['repo:octo-org/site:ref:refs/heads/*'] },
  environment: { repository: ['octo-org/env'], environment: ['**'] },
  groups: { groups: ['team/ci'] },
  account: { account_id: ['9007199254740992'] },
};

/** Issuers of the same host, each with a rule for the repository `octo-org/<name>`. */
const PATHS = ['tenant', 'liar', 'moved', 'doubled', 'rotating', 'swapped', 'emptied', 'ended'] as const;
export type IssuerPath = (typeof PATHS)[number];

export const SECOND_AUDIENCE = 'https://second.example';

/** The stage with rules, keys and issuers to attack. */
export class AttackStage {
  readonly base: WorkloadStage;
  #secret: Uint8Array = new Uint8Array();

  static async open(engine?: Engine): Promise<AttackStage> {
    const stage = new AttackStage(await WorkloadStage.open(engine));
    await stage.#fill();
    return stage;
  }

  private constructor(base: WorkloadStage) {
    this.base = base;
  }

  close(): Promise<void> {
    return this.base.close();
  }

  get issuer(): ForeignIssuer {
    return this.base.issuer;
  }

  get stranger(): ForeignIssuer {
    return this.base.stranger;
  }

  /** Seconds since 1970. */
  now(): number {
    return this.base.now();
  }

  claimsOf(changes: object = {}): Record<string, unknown> {
    return this.base.claimsOf(changes);
  }

  sign(changes: object = {}): Promise<string> {
    return this.base.sign(changes);
  }

  /** Claims that only the rule of the issuer at this path takes. */
  claimsAt(path: string, repository = `octo-org/${path}`): Record<string, unknown> {
    return this.claimsOf({ iss: `${this.issuer.issuer}/${path}`, repository, sub: 'ci' });
  }

  signAt(path: string, keyId = 'first'): Promise<string> {
    return this.issuer.sign(this.claimsAt(path), {}, keyId);
  }

  signWith(key: CryptoKey, claims: Record<string, unknown>, keyId: string): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: keyId, typ: 'JWT' }).sign(key);
  }

  /** The secret of the symmetric key that the issuer publishes by mistake. */
  get publishedSecret(): Uint8Array {
    return this.#secret;
  }

  /** Signs header and claims as they are written, whatever that is. */
  async signText(claims: string, header = '{"alg":"ES256","kid":"first","typ":"JWT"}'): Promise<string> {
    const signed = `${base64url.encode(header)}.${base64url.encode(claims)}`;
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const bytes = new TextEncoder().encode(signed);
    const signature = await crypto.subtle.sign(algorithm, this.issuer.privateKeyOf('first'), bytes);
    return `${signed}.${base64url.encode(new Uint8Array(signature))}`;
  }

  publishedKey(of: ForeignIssuer, keyId = 'first'): JWK {
    const { keys } = of.documents.get('/jwks') as { readonly keys: readonly JWK[] };
    const key = keys.find(({ kid }) => kid === keyId);
    if (key === undefined) throw new Error(`the issuer does not publish ${keyId}`);
    return key;
  }

  /** A private key of the issuer for another algorithm than it was made for. */
  async keyFor(keyId: string, algorithm: string) {
    return importJWK({ ...(await exportJWK(this.issuer.privateKeyOf(keyId))), alg: algorithm }, algorithm);
  }

  /** Comes in by the token, as it may. @throws Error when it may not */
  async enter(token: string): Promise<void> {
    const answer = await this.base.exchange(token);
    if (answer.statusCode !== 200) throw new Error(`a right token was refused: ${answer.body}`);
  }

  publishAt(path: IssuerPath, keys: readonly JWK[] | undefined): void {
    this.issuer.documents.set(`/${path}/jwks`, keys === undefined ? 503 : { keys });
  }

  async #fill(): Promise<void> {
    for (const [name, conditions] of Object.entries(RULES)) await this.base.create(name, conditions);
    await this.base.create('second', { repository: ['octo-org/second'] }, { audience: SECOND_AUDIENCE });
    await this.#publishKeys();
    const first = this.publishedKey(this.issuer);
    // Its tokens are signed by the same keys, and no rule trusts it.
    for (const path of [...PATHS, 'neighbour']) this.#openPath(path, path === 'liar' ? '' : `/${path}`, [first]);
    for (const path of PATHS) {
      const issuer = `${this.issuer.issuer}/${path}`;
      await this.base.create(path, { repository: [`octo-org/${path}`] }, { issuer });
    }
    const { documents } = this.issuer;
    documents.set('/other', documents.get('/moved/.well-known/openid-configuration'));
    documents.set('/moved/.well-known/openid-configuration', 302);
    documents.set('/doubled/jwks', `{"keys":[],"keys":[${JSON.stringify(first)}]}`);
  }

  #openPath(path: string, named: string, keys: readonly JWK[]): void {
    const { issuer, documents } = this.issuer;
    documents.set(`/${path}/.well-known/openid-configuration`, {
      issuer: `${issuer}${named}`,
      jwks_uri: `${issuer}/${path}/jwks`,
    });
    documents.set(`/${path}/jwks`, { keys });
  }

  /** Keys that are good for nothing here, between those that are. */
  async #publishKeys(): Promise<void> {
    const { issuer } = this;
    const first = this.publishedKey(issuer);
    const secret = (await generateSecret('HS256', { extractable: true })) as CryptoKey;
    const { k = '' } = await exportJWK(secret);
    this.#secret = base64url.decode(k);
    const leaked = await issuer.createKey('leaked', 'ES256');
    issuer.publish([
      { ...(await issuer.createKey('encryption', 'ES256')), use: 'enc' },
      { ...(await issuer.createKey('wrapping', 'ES256')), use: 'sig', key_ops: ['wrapKey'] },
      { kty: 'oct', k, kid: 'symmetric', alg: 'HS256' },
      first,
      { ...leaked, ...(await exportJWK(issuer.privateKeyOf('leaked'))) },
      await issuer.createKey('rsa', 'RS256'),
      await issuer.createKey('twin', 'ES256'),
      await issuer.createKey('twin', 'ES256'),
    ]);
    await issuer.createKey('unpublished', 'ES256');
  }
}
