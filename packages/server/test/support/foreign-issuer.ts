import { createServer, type Server } from 'node:https';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { createSelfSignedCertificate } from './create-self-signed-certificate.ts';
import { listenLocally } from './listen-locally.ts';

const HOST = 'issuer.test';
const DAY_MS = 24 * 3_600_000;

/** A real OpenID issuer over https on 127.0.0.1, with one ES256 key to begin with. */
export class ForeignIssuer {
  /** What each path is answered with; absent: 404. */
  readonly documents = new Map<string, unknown>();
  readonly asked: string[] = [];
  isDown = false;
  issuer = '';
  certificatePem = '';
  readonly #host: string;
  #server: Server | undefined;
  #keys = new Map<string, { readonly algorithm: string; readonly privateKey: CryptoKey }>();

  /** @param host that its certificate is for */
  constructor(host = HOST) {
    this.#host = host;
  }

  /** @param path of the issuer, without a slash at the end */
  async open(path = ''): Promise<void> {
    const now = Date.now();
    const { certPem, keyPem } = createSelfSignedCertificate({
      name: this.#host,
      notBefore: new Date(now - DAY_MS),
      notAfter: new Date(now + DAY_MS),
    });
    this.certificatePem = certPem;
    this.#server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
      this.asked.push(request.url ?? '');
      const document = this.documents.get(request.url ?? '');
      if (this.isDown) response.destroy();
      else if (document === undefined) response.writeHead(404).end();
      else if (typeof document === 'number') response.writeHead(document, { location: '/other' }).end();
      else response.end(typeof document === 'string' ? document : JSON.stringify(document));
    });
    const port = await listenLocally(this.#server);
    this.issuer = `https://${this.#host}:${port}${path}`;
    this.documents.set(`${path}/.well-known/openid-configuration`, {
      issuer: this.issuer,
      jwks_uri: `https://${this.#host}:${port}/jwks`,
    });
    this.publish([await this.createKey('first', 'ES256')]);
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Makes a key to sign with. @returns its public half, not yet published */
  async createKey(keyId: string, algorithm: string): Promise<JWK> {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    this.#keys.set(keyId, { algorithm, privateKey });
    return { ...(await exportJWK(publicKey)), kid: keyId, alg: algorithm, use: 'sig' };
  }

  publish(keys: readonly JWK[]): void {
    this.documents.set('/jwks', { keys });
  }

  /** Signs claims, with `header` beside or in place of `alg` and `kid`. */
  async sign(
    claims: Record<string, unknown>,
    header: Partial<JWTHeaderParameters> = {},
    keyId = 'first',
  ): Promise<string> {
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new Error(`there is no key ${keyId}`);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: key.algorithm, kid: keyId, typ: 'JWT', ...header })
      .sign(key.privateKey);
  }

  privateKeyOf(keyId: string): CryptoKey {
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new Error(`there is no key ${keyId}`);
    return key.privateKey;
  }
}
