import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerCertificate } from './expiries.ts';

/**
 * When the certificate of a PEM file begins and ends; of a chain the first, which is the server's own.
 * @param file undefined: the server has none
 * @throws Error when it cannot be read
 */
export async function readServerCertificate(file: string | undefined): Promise<ServerCertificate | undefined> {
  if (file === undefined) return undefined;
  const certificate = new X509Certificate(await readFile(file));
  const { subjectAltName = '', subject = '', validFromDate, validToDate } = certificate;
  const name = /DNS:([^,]+)/.exec(subjectAltName)?.[1] ?? /^CN=(.+)$/m.exec(subject)?.[1] ?? 'the server';
  return { name, beginsAt: validFromDate.getTime(), expiresAt: validToDate.getTime() };
}
