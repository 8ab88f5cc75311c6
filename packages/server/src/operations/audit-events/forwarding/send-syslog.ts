import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type EgressAddress, EgressError, type EgressGuard } from '../../../kernel/egress-guard.ts';
import { ForwardingError } from './forwarding-error.ts';
import type { ForwardingTarget } from './forwarding-target.ts';

export interface SendSyslogOptions {
  readonly guard: Pick<EgressGuard, 'lookup'>;
  readonly signal: AbortSignal;
  /** Without a byte in either direction. Default: 15 s. */
  readonly silenceMs?: number;
}

const DEFAULT_SILENCE_MS = 15_000;

/**
 * Sends frames over a connection of their own, and resolves when the receiver has closed its side after the last byte: syslog
 * has no other word for that it was read (RFC 5425 § 4.4, RFC 6587 § 3.3).
 * @throws EgressError when the receiver cannot be connected to; ForwardingError when it did not take everything
 */
export async function sendSyslog(
  target: Extract<ForwardingTarget, { readonly kind: 'syslog' }>,
  frames: string,
  { guard, signal, silenceMs = DEFAULT_SILENCE_MS }: SendSyslogOptions,
): Promise<void> {
  const address = await guard.lookup(target.host);
  signal.throwIfAborted();
  const socket = open(target, address);
  const abort = () => socket.destroy(new Error('the work was interrupted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await deliver(socket, target.tls ? 'secureConnect' : 'connect', { frames, silenceMs });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function open(
  { host, port, tls, certificateAuthority }: Extract<ForwardingTarget, { readonly kind: 'syslog' }>,
  { address, family }: EgressAddress,
): Socket {
  if (!tls) return connectTcp({ host: address, port, family });
  const name = host.replace(/^\[(.*)\]$/, '$1');
  return connectTls({
    host: address,
    port,
    minVersion: 'TLSv1.2',
    // The certificate is checked for the name, though the connection goes to the address.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
  });
}

function deliver(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  { frames, silenceMs }: { readonly frames: string; readonly silenceMs: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isConnected = false;
    let isSent = false;
    // Which of a refused connection, a closed port and a wrong certificate it was is not for users to learn.
    const fail = (cause: unknown) => {
      socket.destroy();
      const message = 'the receiver closed the connection before it had taken everything, or fell silent';
      reject(isConnected ? new ForwardingError(message, { cause }) : new EgressError(cause));
    };
    socket.setTimeout(silenceMs, () => fail(new Error(`nothing for ${silenceMs} ms`)));
    socket.once('error', fail);
    socket.once(ready, () => {
      isConnected = true;
      socket.end(frames, () => {
        isSent = true;
      });
    });
    // A receiver has nothing to say; what it says all the same is not kept.
    socket.resume();
    socket.once('end', () => {
      if (!isSent) fail(new Error('the receiver has ended first'));
    });
    socket.once('close', () => (isSent ? resolve() : fail(new Error('the connection was closed'))));
  });
}
