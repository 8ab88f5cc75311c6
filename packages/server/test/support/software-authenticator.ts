import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a page is given to hand to `navigator.credentials`. */
export interface CredentialOptions {
  readonly challenge: string;
  readonly rp?: { readonly id: string };
  readonly rpId?: string;
  readonly user?: { readonly id: string };
  readonly allowCredentials?: readonly { readonly id: string }[];
  readonly excludeCredentials?: readonly { readonly id: string }[];
}

export interface SoftPasskey {
  readonly id: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  counter: number;
}

/** What it does otherwise than an honest authenticator, or browser. */
export interface Lies {
  readonly origin?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly rpId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly userHandle?: string | undefined;
  readonly algorithm?: number;
  readonly keyType?: number;
  readonly curve?: number;
  readonly credentialId?: Buffer;
  readonly format?: string;
  readonly statement?: Cbor;
  /** Bytes after the data of the authenticator. */
  readonly trailer?: Buffer;
  /** Of what is signed. */
  readonly tamper?: (data: Buffer) => Buffer;
  readonly privateKey?: KeyObject;
  /** Of the signature. */
  readonly forge?: (signature: Buffer) => Buffer;
}

export type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

export const FLAG = {
  present: 0x01,
  verified: 0x04,
  eligible: 0x08,
  backedUp: 0x10,
  attested: 0x40,
  extended: 0x80,
} as const;
const HONEST = FLAG.present | FLAG.verified;
const ES256 = -7;

/** An authenticator with its browser, in software: ES256, no attestation (WebAuthn § 6, § 8.7). It lies when it is told to. */
export class SoftwareAuthenticator {
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  create(options: CredentialOptions, lies: Lies = {}): { readonly passkey: SoftPasskey; readonly credential: object } {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const bytes = lies.credentialId ?? randomBytes(32);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    const key = encodeCbor(
      new Map<number, Cbor>([
        [1, lies.keyType ?? 2],
        [3, lies.algorithm ?? ES256],
        [-1, lies.curve ?? 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]),
    );
    const flags = lies.flags ?? HONEST | FLAG.attested;
    const counter = lies.counter ?? 0;
    const head = this.#headOf(lies.rpId ?? options.rp?.id ?? '', flags, counter);
    const data = Buffer.concat([head, Buffer.alloc(16), length, bytes, key, lies.trailer ?? Buffer.alloc(0)]);
    const attestation = new Map<string, Cbor>([
      ['fmt', lies.format ?? 'none'],
      ['attStmt', lies.statement ?? new Map()],
      ['authData', data],
    ]);
    const id = bytes.toString('base64url');
    const credential = {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options, lies).toString('base64url'),
        attestationObject: encodeCbor(attestation).toString('base64url'),
        transports: ['internal'],
      },
    };
    return { passkey: { id, userHandle: options.user?.id ?? '', privateKey, counter }, credential };
  }

  get(passkey: SoftPasskey, options: CredentialOptions, lies: Lies = {}): object {
    const counter = lies.counter ?? (passkey.counter === 0 ? 0 : passkey.counter + 1);
    passkey.counter = Math.max(counter, passkey.counter);
    const head = this.#headOf(lies.rpId ?? options.rpId ?? '', lies.flags ?? HONEST, counter);
    const data = Buffer.concat([head, lies.trailer ?? Buffer.alloc(0)]);
    const clientData = this.#clientData('webauthn.get', options, lies);
    const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()]);
    const honest = sign('sha256', lies.tamper?.(signed) ?? signed, lies.privateKey ?? passkey.privateKey);
    const signature = lies.forge?.(honest) ?? honest;
    const userHandle = 'userHandle' in lies ? lies.userHandle : passkey.userHandle;
    return {
      id: passkey.id,
      rawId: passkey.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        ...(userHandle !== undefined && { userHandle }),
      },
    };
  }

  #headOf(rpId: string, flags: number, counter: number): Buffer {
    const tail = Buffer.alloc(5);
    tail.writeUInt8(flags);
    tail.writeUInt32BE(counter, 1);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), tail]);
  }

  #clientData(type: string, options: CredentialOptions, lies: Lies): Buffer {
    const { origin = this.origin, crossOrigin = false, topOrigin } = lies;
    const challenge = lies.challenge ?? options.challenge;
    return Buffer.from(JSON.stringify({ type: lies.type ?? type, challenge, origin, crossOrigin, topOrigin }));
  }
}

/** RFC 8949, as much of it as an authenticator needs. */
export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? headOf(0, value) : headOf(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([headOf(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([headOf(2, value.length), value]);
  if (value instanceof Map) {
    const pairs = [...value].flatMap(([name, item]) => [encodeCbor(name), encodeCbor(item)]);
    return Buffer.concat([headOf(5, value.size), ...pairs]);
  }
  const items = value as readonly Cbor[];
  return Buffer.concat([headOf(4, items.length), ...items.map(encodeCbor)]);
}

function headOf(major: number, value: number): Buffer {
  if (value < 24) return Buffer.of((major << 5) | value);
  if (value < 256) return Buffer.of((major << 5) | 24, value);
  const head = Buffer.alloc(3);
  head.writeUInt8((major << 5) | 25);
  head.writeUInt16BE(value, 1);
  return head;
}
