import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
  readonly isEncrypted: boolean;
  /** Who has signed in; undefined: nobody. */
  readonly user: string | undefined;
}

export interface MailServerOptions extends Pick<SMTPServerOptions, 'secure' | 'hideSTARTTLS' | 'disabledCommands'> {
  readonly certificate?: { readonly certPem: string; readonly keyPem: string };
  /** Asks for these. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** A real SMTP server on this machine that keeps what it takes. */
export class MailServer {
  readonly mails: TakenMail[] = [];
  /** How often it was connected to. */
  connections = 0;
  /** What it answers to the next recipients; a mail is taken when there is none left. */
  readonly refusals: { readonly code: number; readonly message: string }[] = [];
  readonly #server: SMTPServer;

  constructor({ certificate, credentials, ...options }: MailServerOptions = {}) {
    this.#server = new SMTPServer({
      ...options,
      logger: false,
      authOptional: credentials === undefined,
      disabledCommands: options.disabledCommands ?? (certificate === undefined ? ['STARTTLS'] : []),
      ...(certificate !== undefined && { key: certificate.keyPem, cert: certificate.certPem }),
      onConnect: (_, callback) => {
        this.connections += 1;
        callback();
      },
      onAuth: ({ username, password }, _, callback) => {
        if (username === credentials?.username && password === credentials?.password) {
          return callback(null, { user: username });
        }
        return callback(Object.assign(new Error('Authentication failed'), { responseCode: 535 }));
      },
      onRcptTo: (_, __, callback) => {
        const refusal = this.refusals.shift();
        if (refusal === undefined) return callback();
        return callback(Object.assign(new Error(refusal.message), { responseCode: refusal.code }));
      },
      onData: (stream, session, callback) => {
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => pieces.push(piece));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            source: Buffer.concat(pieces).toString(),
            isEncrypted: session.secure,
            user: typeof session.user === 'string' ? session.user : undefined,
          });
          callback(null, 'taken');
        });
      },
    });
    // A client that hangs up in the middle is what some tests are about.
    this.#server.on('error', () => undefined);
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async open(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
