import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What clients have to trust that do not know the server's authority: the certificate at the end of the server's chain, when it is signed by
 * itself.
 * @param file of the server's certificate, a chain of PEM; undefined: the server shows none
 * @returns PEM; undefined when there is nothing to trust by hand
 * @throws Error when the file cannot be read
 */
export async function readAuthority(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const last = (await readFile(file, 'utf8')).match(CERTIFICATE)?.at(-1);
  if (last === undefined) return undefined;
  const certificate = new X509Certificate(last);
  const isOwn = certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
  return isOwn ? `${last}\n` : undefined;
}
