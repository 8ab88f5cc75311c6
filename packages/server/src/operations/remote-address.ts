import { X509Certificate } from 'node:crypto';
import { ProductError } from '../kernel/errors.ts';

const MAX_URL_LENGTH = 2_048;
const MAX_CERTIFICATES_LENGTH = 64 * 1024;

/**
 * The address of a service as Harbor keeps it: `http://` where there is no scheme, no slash at the end, no query.
 * @throws ProductError BAD_REQUEST
 */
export function readRemoteUrl(text: string): string {
  const trimmed = text.trim().replace(/\/+$/, '');
  const full = trimmed.includes('://') ? trimmed : `http://${trimmed}`;
  const url = full.length > MAX_URL_LENGTH ? null : URL.parse(full);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new ProductError('BAD_REQUEST', 'url: an address such as https://registry.example.com is needed');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ProductError('BAD_REQUEST', 'url has credentials in it: they have fields of their own');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** @param pem empty: none @throws ProductError BAD_REQUEST */
export function assertCertificates(pem: string): void {
  if (pem === '') return;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0 || pem.length > MAX_CERTIFICATES_LENGTH) throw new Error('no certificate');
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    throw new ProductError('BAD_REQUEST', 'ca_certificate: one or more certificates in PEM are needed', { cause });
  }
}
