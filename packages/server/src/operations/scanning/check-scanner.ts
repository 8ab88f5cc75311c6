import { ProductError } from '../../kernel/errors.ts';
import { readRemoteUrl } from '../remote-address.ts';
import { SCANNER_AUTHS, type ScannerAuth, type ScannerSettings } from './scanner.ts';

/** As clients say it. */
export type AskedScannerSettings = Omit<ScannerSettings, 'auth'> & { readonly auth: string };

const MAX_NAME_LENGTH = 128;
const MAX_TEXT_LENGTH = 1_024;
/** Tokens of identity providers have some kilobytes. */
const MAX_CREDENTIAL_LENGTH = 4_096;

/** The settings as they are kept. @throws ProductError BAD_REQUEST */
export function checkScanner(asked: AskedScannerSettings): ScannerSettings {
  const { name, description, url, auth } = asked;
  if (name.trim() === '') throw refuse('name cannot be empty');
  if (name.length > MAX_NAME_LENGTH || hasControls(name)) {
    throw refuse(`name has at most ${MAX_NAME_LENGTH} characters, and no control characters`);
  }
  if (description.length > MAX_TEXT_LENGTH || description.includes('\0')) {
    throw refuse(`description has at most ${MAX_TEXT_LENGTH} characters`);
  }
  return { ...asked, url: readAdapterUrl(url), auth: readAuth(auth) };
}

/** @throws ProductError BAD_REQUEST */
export function readAdapterUrl(text: string): string {
  const url = readRemoteUrl(text);
  if (text.includes('?') || text.includes('#')) {
    throw refuse('url is the base address of the adapter, such as http://trivy-adapter:8080, without ? and #');
  }
  // Shown as it was given: clients compare.
  return text.trim().endsWith('/') ? `${url}/` : url;
}

/** @throws ProductError BAD_REQUEST */
export function readAuth(text: string): ScannerAuth {
  const auth = SCANNER_AUTHS.find((each) => each === text);
  if (auth !== undefined) return auth;
  throw refuse('auth is Basic, Bearer, X-ScannerAdapter-API-Key, or empty');
}

/**
 * Whether a header can carry it.
 * @param credential undefined: there is none
 * @throws ProductError BAD_REQUEST
 */
export function assertCredential(auth: ScannerAuth, credential: string | undefined): void {
  if (auth === '') return;
  if (credential === undefined || credential === '') throw refuse(`auth ${auth} needs an access_credential`);
  if (credential.length > MAX_CREDENTIAL_LENGTH) {
    throw refuse(`access_credential has at most ${MAX_CREDENTIAL_LENGTH} characters`);
  }
  if (auth === 'Basic' ? hasControls(credential) : !/^[\x21-\x7e]+$/.test(credential)) {
    throw refuse('access_credential has characters that a header cannot carry');
  }
  // RFC 7617 § 2: all before the first colon is the name.
  if (auth === 'Basic' && !credential.includes(':')) {
    throw refuse('access_credential of auth Basic is a name and a password with a colon between them');
  }
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
