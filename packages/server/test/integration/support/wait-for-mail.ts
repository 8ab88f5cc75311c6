import type { MailServer, TakenMail } from '../../support/mail-server.ts';

const MAX_WAIT_MS = 30_000;
const POLL_MS = 50;

/** Takes the next mail to an address out of what the server has; a job sends mails every few seconds. */
export async function waitForMail(server: MailServer, to: string): Promise<TakenMail> {
  for (const deadline = Date.now() + MAX_WAIT_MS; Date.now() < deadline; ) {
    const index = server.mails.findIndex((mail) => mail.to.includes(to));
    const [mail] = index < 0 ? [] : server.mails.splice(index, 1);
    if (mail !== undefined) return mail;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`no mail came to ${to}`);
}

/** The mail as a reader shows it: quoted-printable undone (RFC 2045 § 6.7). */
export function readMailText({ source }: Pick<TakenMail, 'source'>): string {
  const bytes = source
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** The token of the link in a mail. @throws Error unless there is one, at the origin that is expected */
export function readLinkToken(mail: TakenMail, origin: string): string {
  const links = [...readMailText(mail).matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link);
  const foreign = links.filter((link) => !link.startsWith(`${origin}/set-password?lang=`));
  const token = /#([A-Za-z0-9_-]{43})$/.exec(links[0] ?? '')?.[1];
  if (token === undefined || foreign.length > 0) throw new Error(`the links are ${JSON.stringify(links)}`);
  return token;
}
