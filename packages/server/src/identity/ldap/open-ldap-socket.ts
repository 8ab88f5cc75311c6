import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { LdapError } from './ldap-error.ts';
import { LdapMessageFramer } from './ldap-message-framer.ts';
import type { CompleteLdapSettings } from './ldap-settings.ts';

/** ExtendedRequest 1 with StartTLS' name, 1.3.6.1.4.1.1466.20037 (RFC 4511 § 4.12, § 4.14.1). */
const START_TLS = Buffer.concat([
  Buffer.from('301d02010177188016', 'hex'),
  Buffer.from('1.3.6.1.4.1.1466.20037', 'latin1'),
]);

/**
 * Connects to the address that the guard has checked, and agrees on TLS where it is wanted. Nothing else has been said on the
 * connection then; without the TLS that is wanted there is no connection.
 * @throws EgressError when the address cannot be reached or may not be; LdapError when TLS fails, or the time is over
 */
export async function openLdapSocket(
  settings: CompleteLdapSettings,
  guard: Pick<EgressGuard, 'lookup'>,
  signal: AbortSignal,
): Promise<Socket> {
  const url = new URL(settings.url);
  const isLdaps = url.protocol === 'ldaps:';
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const { address, family } = await guard.lookup(name);
  signal.throwIfAborted();
  const port = url.port === '' ? (isLdaps ? 636 : 389) : Number(url.port);
  const socket = connectTcp({ host: address, port, family, noDelay: true });
  const abort = () => socket.destroy(new Error('the directory was given up waiting for'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await waitFor(socket, 'connect');
    if (settings.startTls) await askForTls(socket);
    return isLdaps || settings.startTls ? await secure(socket, name, settings) : socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof LdapError) throw error;
    throw new LdapError('unavailable', 'the directory cannot be reached, or closes the connection', error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function waitFor(socket: Socket, event: 'connect' | 'secureConnect' | 'readable'): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => onError(new Error('the connection was closed'));
    const onReady = () => settle(resolve);
    const onError = (error: Error) => settle(() => reject(error));
    const settle = (finish: () => void) => {
      socket.off(event, onReady).off('close', onClose).off('end', onClose);
      // Whoever has the socket next listens himself; in between an error must not end the process.
      socket.off('error', onError).on('error', () => undefined);
      finish();
    };
    socket.once(event, onReady).once('error', onError).once('close', onClose).once('end', onClose);
  });
}

/**
 * The exchange is made here and not by the library, which would keep what follows the answer in the clear and read it as the
 * beginning of what then comes over TLS: someone on the way could put an answer of his own there.
 */
async function askForTls(socket: Socket): Promise<void> {
  const framer = new LdapMessageFramer();
  socket.write(START_TLS);
  for (;;) {
    await waitFor(socket, 'readable');
    const piece: Buffer | null = socket.read();
    if (piece === null) continue;
    const messages = [...framer.push(piece)];
    const [answer] = messages;
    if (answer === undefined) continue;
    if (messages.length > 1 || framer.heldBytes > 0)
      throw new LdapError('insecure', 'the directory went on in the clear after it had agreed to TLS');
    await assertAgreed(answer);
    return;
  }
}

async function assertAgreed(answer: Buffer): Promise<void> {
  const { BerReader } = await import('ldapts');
  const extendedResponse = 0x78;
  const reader = new BerReader(answer);
  reader.readSequence();
  const id = reader.readInt();
  const operation = reader.readSequence();
  const code = operation === extendedResponse ? reader.readEnumeration() : undefined;
  if (id !== 1 || code !== 0) {
    const reason = new Error(`result ${code} of operation ${operation}`);
    throw new LdapError(
      'insecure',
      'the directory refuses StartTLS: use ldaps://, or set up TLS at the directory',
      reason,
    );
  }
}

async function secure(socket: Socket, name: string, settings: CompleteLdapSettings): Promise<TLSSocket> {
  const options: ConnectionOptions = {
    socket,
    host: name,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: settings.verifyCert,
    // The certificate is checked for the name, though the connection goes to the address.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(settings.certificateAuthorities === '' ? {} : { ca: settings.certificateAuthorities }),
  };
  const tlsSocket = connectTls(options);
  try {
    await waitFor(tlsSocket, 'secureConnect');
    return tlsSocket;
  } catch (error) {
    tlsSocket.destroy();
    throw new LdapError(
      'insecure',
      "TLS with the directory fails, or its certificate is not valid for the url's host",
      error,
    );
  }
}
