import { isIP } from 'node:net';
import { EgressError, type EgressGuard } from '../../kernel/egress-guard.ts';
import type { Sender } from '../../kernel/mail-address.ts';
import { assertHeaderText, assertMailAddress } from '../../kernel/mail-address.ts';
import { MailError } from './mail-error.ts';
import type { MailServer } from './mail-settings.ts';

/** A mail as it goes out. */
export interface OutgoingMail {
  readonly from: Sender;
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With its angle brackets; the same at each try, by which a receiver knows a mail that it has already. */
  readonly messageId: string;
  /** Milliseconds UTC. */
  readonly at: number;
}

export interface SendMailOptions {
  readonly guard: Pick<EgressGuard, 'lookup'>;
  /** What this server calls itself to the other (RFC 5321 § 4.1.1.1). */
  readonly hostname: string;
  readonly password: string | undefined;
  /** Until it is connected, until it is greeted, and without a byte in either direction. Default: 10 s. */
  readonly silenceMs?: number;
  /** For everything. Default: 60 s. */
  readonly timeoutMs?: number;
}

const DEFAULT_SILENCE_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 60_000;
/** An answer is a line or a few. */
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_SHOWN_CHARACTERS = 300;

/**
 * Sends one mail over a connection of its own, to the address that the guard has checked; the certificate is checked for the name.
 * @returns what the server said when it took the mail
 * @throws EgressError when it cannot be connected to, MailError when it did not take the mail,
 *   ProductError VALIDATION for an address or a header that would not stay one
 */
export async function sendMail(server: MailServer, mail: OutgoingMail, options: SendMailOptions): Promise<string> {
  assertFit(mail);
  const { guard, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { address } = await guard.lookup(server.host);
  // Here, since it takes as much memory as a fifth of the server, and many never send a mail.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(transportOptions(server, address, options));
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { response } = await transport.sendMail({ ...toMessage(mail), signal: timeout });
    return oneLine(response ?? '');
  } catch (cause) {
    if (timeout.aborted) throw new MailError(`it took longer than ${timeoutMs / 1_000} s`, { cause, isFinal: false });
    throw toKnownError(cause, server);
  } finally {
    transport.close();
  }
}

/** Looked at once more where it goes out: what was checked when it came in may come from elsewhere one day. */
function assertFit({ from, to, subject }: OutgoingMail): void {
  assertMailAddress('the sender', from.address);
  assertHeaderText('the name of the sender', from.name);
  assertMailAddress('the recipient', to);
  assertHeaderText('the subject', subject);
}

function transportOptions(
  { host, port, security, username, verifiesCertificate, certificateAuthority }: MailServer,
  address: string,
  { hostname, password, silenceMs = DEFAULT_SILENCE_MS }: SendMailOptions,
) {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const servername = isIP(name) === 0 ? name : undefined;
  return {
    host: address,
    port,
    name: hostname,
    secure: security === 'tls',
    // A server, or somebody in between, that offers none is not talked to in the clear (RFC 8314 § 4.1, "stripping").
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: silenceMs,
    greetingTimeout: silenceMs,
    socketTimeout: silenceMs,
    maxResponseSize: MAX_RESPONSE_BYTES,
    disableFileAccess: true,
    disableUrlAccess: true,
    tls: {
      minVersion: 'TLSv1.2' as const,
      rejectUnauthorized: verifiesCertificate,
      ...(servername !== undefined && { servername }),
      ...(certificateAuthority !== undefined && { ca: certificateAuthority }),
    },
    ...(username !== undefined && { auth: { user: username, pass: password ?? '' } }),
  };
}

function toMessage({ from, to, subject, text, html, messageId, at }: OutgoingMail) {
  return {
    from: { name: from.name, address: from.address },
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    subject,
    text,
    html,
    messageId,
    date: new Date(at),
    // Nobody's absence note is to come back (RFC 3834 § 5).
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** An SMTP reply is told; what else there was on the way is not for users to learn: it would make a port scanner. */
function toKnownError(error: unknown, server: MailServer): Error {
  const { code, responseCode, response } = error as {
    readonly code?: string;
    readonly responseCode?: number;
    readonly response?: string;
  };
  if (code === 'ETLS' && server.security === 'starttls') {
    const message = 'the connection could not be encrypted: the server does not offer STARTTLS, or does not do it';
    return new MailError(message, { cause: error, isFinal: false });
  }
  if (responseCode !== undefined && response !== undefined && /^[2-5]\d\d[ -]/.test(response)) {
    // 503 tells of the state that the connection was in, and not of the mail.
    const isAboutMail = (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode !== 503;
    const isFinal = isAboutMail && responseCode >= 500;
    return new MailError(`the server answered: ${oneLine(response)}`, { cause: error, isFinal });
  }
  return new EgressError(error);
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_SHOWN_CHARACTERS);
}
