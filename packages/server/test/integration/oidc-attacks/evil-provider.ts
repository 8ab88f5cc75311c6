import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { listenLocally } from '../../support/listen-locally.ts';
import { CLIENT_ID } from '../../support/start-oidc-provider.ts';

export type Fields = Record<string, unknown>;

/** A body with its status, type and other headers; a function answers by itself. */
export type EvilAnswer =
  | { readonly status?: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | ((response: ServerResponse) => void);

/** What a token request has shown. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

/**
 * An OpenID Connect provider that answers whatever a test wants, under keys of its own: for what a real one never says. Until it is
 * told something else it is an honest one, whose token endpoint takes every code for `person`.
 */
export class EvilProvider {
  issuer = '';
  /** Which come to be asked for. */
  readonly requests: TokenRequest[] = [];
  discovery: (document: Fields) => EvilAnswer | Fields = (document) => document;
  token: (() => Promise<EvilAnswer>) | undefined;
  userinfo: EvilAnswer | undefined;
  jwks: EvilAnswer | undefined;
  /** Of the sign-in that is under way. */
  nonce = '';
  #server = createServer((request, response) => void this.#answer(request, response));
  #publicKey: JWK = {};
  privateKey: CryptoKey | undefined;

  async open(): Promise<void> {
    const port = await listenLocally(this.#server);
    this.issuer = `http://127.0.0.1:${port}`;
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    this.privateKey = privateKey;
    this.#publicKey = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Honest again. */
  reset(): void {
    this.discovery = (document) => document;
    this.token = undefined;
    this.userinfo = undefined;
    this.jwks = undefined;
    this.requests.length = 0;
  }

  get publicKey(): JWK {
    return this.#publicKey;
  }

  /** Claims of a right ID token. A value that is undefined is left out. */
  claims(change: Fields = {}): Fields {
    const now = Math.floor(Date.now() / 1000);
    const right = { iss: this.issuer, sub: 'person', aud: CLIENT_ID, iat: now, exp: now + 300, nonce: this.nonce };
    const shown = { preferred_username: 'person', name: 'A Person', email: '', groups: [] };
    return Object.fromEntries(
      Object.entries({ ...right, ...shown, ...change }).filter(([, value]) => value !== undefined),
    );
  }

  sign(claims: Fields, header: Partial<JWTHeaderParameters> = {}, key = this.privateKey): Promise<string> {
    if (key === undefined) throw new Error('it is not open');
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'first', ...header }).sign(key);
  }

  /** The token endpoint answers with this ID token. */
  giveToken(idToken: unknown, more: Fields = {}): void {
    this.token = async () => ({ body: this.tokenAnswer(idToken, more) });
  }

  tokenAnswer(idToken: unknown, more: Fields = {}): Fields {
    return { access_token: 'access', token_type: 'Bearer', expires_in: 300, id_token: idToken, ...more };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { issuer } = this;
    const path = (request.url ?? '').split('?')[0];
    if (path === '/.well-known/openid-configuration') {
      const document = {
        ...{
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
        },
        ...{
          userinfo_endpoint: `${issuer}/me`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
        },
        ...{ id_token_signing_alg_values_supported: ['RS256'], code_challenge_methods_supported: ['S256'] },
      };
      const found = this.discovery(document);
      give(response, typeof found === 'function' || 'body' in found ? (found as EvilAnswer) : { body: found });
    } else if (path === '/jwks') {
      give(response, this.jwks ?? { body: { keys: [this.#publicKey] } });
    } else if (path === '/me') {
      give(response, this.userinfo ?? { body: { sub: 'person' } });
    } else if (path === '/token') {
      const form = new URLSearchParams(await readText(request));
      this.requests.push({ form, authorization: request.headers.authorization });
      const honest = async () => ({ body: this.tokenAnswer(await this.sign(this.claims())) });
      give(response, await (this.token ?? honest)());
    } else {
      response.writeHead(404).end();
    }
  }
}

/** What the challenge of a verifier is (RFC 7636 § 4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function give(response: ServerResponse, answer: EvilAnswer): void {
  if (typeof answer === 'function') {
    answer(response);
    return;
  }
  const { status = 200, body, headers } = answer;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
