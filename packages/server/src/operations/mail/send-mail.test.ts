import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSelfSignedCertificate } from '../../../test/support/create-self-signed-certificate.ts';
import { ADDRESS_INJECTIONS, NAME_INJECTIONS } from '../../../test/support/injection-corpus.ts';
import { listenLocally } from '../../../test/support/listen-locally.ts';
import { MailServer, type MailServerOptions } from '../../../test/support/mail-server.ts';
import { createEgressGuard, EgressError, type EgressGuard } from '../../kernel/egress-guard.ts';
import type { MailServer as MailServerSettings } from './mail-settings.ts';
import { type OutgoingMail, sendMail } from './send-mail.ts';

const NAME = 'mail.example';
const DAY_MS = 86_400_000;
const certificate = (name: string) =>
  createSelfSignedCertificate({
    name,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  });
const CERTIFICATE = certificate(NAME);
const CREDENTIALS = { username: 'registry', password: 'Canary-Mail-77' };
const MAIL: OutgoingMail = {
  from: { name: 'The “Registry”, <x>', address: 'registry@example.com' },
  to: 'carol@example.com',
  subject: 'Über\u00a0alles',
  text: 'Bonjour\n.\nfin\n',
  html: '<p>Bonjour</p>',
  messageId: '<one@registry.example>',
  at: Date.UTC(2030, 0, 1),
};

describe('sending a mail', () => {
  let guard: EgressGuard;
  let closing: (() => Promise<unknown>)[];

  beforeEach(() => {
    guard = createEgressGuard({
      allow: ['127.0.0.1/32', NAME],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    closing = [() => guard.close()];
  });
  afterEach(async () => {
    for (const close of closing.toReversed()) await close();
  });

  async function open(options: MailServerOptions = {}): Promise<MailServer> {
    const server = new MailServer(options);
    await server.open();
    closing.push(() => server.close());
    return server;
  }

  /** A server that is told byte by byte what to say. */
  async function openRaw(talk: (socket: Socket) => void): Promise<{ readonly port: number; readonly heard: string[] }> {
    const sockets = new Set<Socket>();
    const heard: string[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (piece) => heard.push(piece.toString('latin1')));
      talk(socket);
    });
    const port = await listenLocally(server);
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { port, heard };
  }

  const at = (port: number, more: Partial<MailServerSettings> = {}): MailServerSettings => ({
    host: NAME,
    port,
    security: 'none',
    verifiesCertificate: true,
    ...(more.security !== undefined && { certificateAuthority: CERTIFICATE.certPem }),
    ...more,
  });
  const send = (server: MailServerSettings, mail: Partial<OutgoingMail> = {}, more = {}) =>
    sendMail(
      server,
      { ...MAIL, ...mail },
      {
        guard,
        hostname: 'registry.example',
        password: server.username === undefined ? undefined : CREDENTIALS.password,
        silenceMs: 500,
        ...more,
      },
    );

  it('delivers text and HTML in any script, with the headers it was given', async () => {
    const server = await open();
    expect(await send(at(server.port))).toContain('taken');
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'registry@example.com', to: ['carol@example.com'], isEncrypted: false });
    expect(mail?.source).toContain('Message-ID: <one@registry.example>\r\n');
    expect(mail?.source).toContain('Date: Tue, 01 Jan 2030 00:00:00 +0000\r\n');
    expect(mail?.source).toContain('Auto-Submitted: auto-generated\r\n');
    expect(mail?.source).toContain('To: carol@example.com\r\n');
    expect(mail?.source).toMatch(/text\/plain[\s\S]*Bonjour\r\n\.\r\nfin[\s\S]*text\/html/);
    expect(mail?.source.match(/^From:/gm)).toHaveLength(1);
  });

  it.each(['starttls', 'tls'] as const)(
    'signs in over %s, with the certificate checked for the name',
    async (security) => {
      const server = await open({ certificate: CERTIFICATE, credentials: CREDENTIALS, secure: security === 'tls' });
      const settings = at(server.port, { security, username: CREDENTIALS.username });
      await send(settings);
      expect(server.mails).toMatchObject([{ isEncrypted: true, user: CREDENTIALS.username }]);
      const wrong = send(settings, {}, { password: 'wrong' });
      await expect(wrong).rejects.toThrow('the server answered: 535');
      await expect(wrong).rejects.toMatchObject({ isFinal: false });
    },
  );

  it.each(['starttls', 'tls'] as const)(
    'refuses a certificate of another name, or of nobody known, over %s',
    async (security) => {
      const other = certificate('other.example');
      const server = await open({ certificate: other, credentials: CREDENTIALS, secure: security === 'tls' });
      const { username } = CREDENTIALS;
      const settings = at(server.port, { security, username });
      await expect(send({ ...settings, certificateAuthority: other.certPem })).rejects.toThrow(EgressError);
      const trusted = await open({ certificate: CERTIFICATE, secure: security === 'tls' });
      const { certificateAuthority: _, ...publicOnly } = at(trusted.port, { security });
      await expect(send(publicOnly)).rejects.toThrow(EgressError);
      expect([...server.mails, ...trusted.mails]).toEqual([]);
      await send({ ...publicOnly, verifiesCertificate: false });
      expect(trusted.mails).toHaveLength(1);
    },
  );

  it('never goes on in the clear when STARTTLS is not offered, refused, or answered with more than was asked', async () => {
    const hidden = await open({ credentials: CREDENTIALS });
    const settings = (port: number) => at(port, { security: 'starttls', username: CREDENTIALS.username });
    await expect(send(settings(hidden.port))).rejects.toThrow('could not be encrypted');
    expect(hidden.mails).toEqual([]);
    for (const answer of ['454 not now\r\n', '220 go on\r\n250 injected\r\n', '500 what?\r\n']) {
      const { port, heard } = await openRaw((socket) => {
        socket.write('220 mail.example ESMTP\r\n');
        socket.on('data', (piece) => {
          const text = String(piece);
          if (text.startsWith('EHLO')) socket.write('250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n');
          else if (text.startsWith('STARTTLS')) socket.write(answer);
          else socket.write('250 ok\r\n');
        });
      });
      await expect(send(settings(port))).rejects.toThrow(/could not be encrypted|cannot be reached/);
      expect(heard.join('')).not.toMatch(/AUTH|MAIL FROM|RCPT|registry@example/);
    }
  });

  it('tells the answer of a server that refuses, and whether for good', async () => {
    const server = await open();
    server.refusals.push({ code: 450, message: 'try later' }, { code: 550, message: 'no such user' });
    await expect(send(at(server.port))).rejects.toMatchObject({
      message: expect.stringContaining('450 try later'),
      isFinal: false,
    });
    await expect(send(at(server.port))).rejects.toMatchObject({
      message: expect.stringContaining('550 no such user'),
      isFinal: true,
    });
    await send(at(server.port));
    expect(server.mails).toHaveLength(1);
  });

  it('gives up on a server that says nothing, or one byte at a time for ever', async () => {
    const silent = await openRaw(() => undefined);
    await expect(send(at(silent.port), {}, { silenceMs: 100 })).rejects.toThrow(EgressError);
    const slow = await openRaw((socket) => {
      socket.write('220 mail.example\r\n');
      const timer = setInterval(() => socket.write('2'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await expect(send(at(slow.port), {}, { timeoutMs: 300 })).rejects.toThrow('longer than 0.3 s');
  });

  it('goes only where the guard lets it, and tells nothing of what is there', async () => {
    const { port } = await openRaw((socket) => socket.write('SSH-2.0-Canary\r\n'));
    const banner = send(at(port));
    await expect(banner).rejects.toThrow(EgressError);
    await expect(banner).rejects.not.toThrow('Canary');
    const strict = createEgressGuard({ allow: [] });
    closing.push(() => strict.close());
    const server = await open();
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '[::ffff:127.0.0.1]']) {
      await expect(send(at(server.port, { host }), {}, { guard: strict })).rejects.toThrow(EgressError);
    }
    expect(server.connections).toBe(0);
  });

  it('connects nowhere for an address, a name or a subject that would not stay one', async () => {
    const server = await open();
    const settings = at(server.port);
    const { from } = MAIL;
    for (const text of ADDRESS_INJECTIONS) {
      await expect(send(settings, { to: text }), JSON.stringify(text)).rejects.toMatchObject({ code: 'VALIDATION' });
      await expect(send(settings, { from: { ...from, address: text } })).rejects.toMatchObject({ code: 'VALIDATION' });
    }
    for (const text of NAME_INJECTIONS) {
      const named = send(settings, { from: { ...from, name: text } });
      await expect(named, JSON.stringify(text)).rejects.toMatchObject({ code: 'VALIDATION' });
      await expect(send(settings, { subject: text })).rejects.toMatchObject({ code: 'VALIDATION' });
    }
    expect(server.connections).toBe(0);
    expect(ADDRESS_INJECTIONS.length + NAME_INJECTIONS.length).toBeGreaterThanOrEqual(90);
  });
});
