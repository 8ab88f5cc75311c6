import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts';

const DAY_MS = 86_400_000;
const WARN_BEFORE_DAYS = 14;
const OTHERS_READ = 0o004;
const CHECK = 'TLS';

/** Certificate and key: readable, in force, belonging together, the key closed to others. */
export async function checkTls(tls: Config['tls'], clock: Clock): Promise<Finding> {
  if (tls === undefined) return ok(CHECK, 'off: plain HTTP');
  const certificate = await read(tls.certFile, (pem) => new X509Certificate(pem));
  if (!(certificate instanceof X509Certificate)) return unreadable('ROADSTEAD_TLS_CERT', tls.certFile, certificate);
  const key = await read(tls.keyFile, (pem) => createPrivateKey(pem));
  if (typeof key === 'string') return unreadable('ROADSTEAD_TLS_KEY', tls.keyFile, key);
  return checkPair(certificate, key, tls.keyFile, clock.now());
}

async function checkPair(certificate: X509Certificate, key: KeyObject, keyFile: string, now: number): Promise<Finding> {
  if (!certificate.checkPrivateKey(key)) {
    return fail(CHECK, 'the key does not belong to the certificate', 'set ROADSTEAD_TLS_CERT and _KEY to a pair');
  }
  if (now < certificate.validFromDate.getTime()) {
    return fail(CHECK, `the certificate is not in force before ${certificate.validFrom}`, 'check the clock, or wait');
  }
  const daysLeft = Math.floor((certificate.validToDate.getTime() - now) / DAY_MS);
  const remedy = 'renew it; a running server takes the new files by itself';
  if (daysLeft < 0) return fail(CHECK, `the certificate ended on ${certificate.validTo}`, remedy);
  if (daysLeft < WARN_BEFORE_DAYS) return warn(CHECK, `the certificate ends in ${daysLeft} days`, remedy);
  if (((await stat(keyFile)).mode & OTHERS_READ) !== 0) {
    return warn(CHECK, `everybody on this machine can read ${keyFile}`, `run: chmod 600 ${keyFile}`);
  }
  return ok(CHECK, `certificate and key belong together, ${daysLeft} days left`);
}

/** @returns what was read, or why not */
async function read<Parsed>(file: string, parse: (pem: Buffer) => Parsed): Promise<Parsed | string> {
  try {
    return parse(await readFile(file));
  } catch (error) {
    return reasonOf(error);
  }
}

function unreadable(variable: string, file: string, reason: string): Finding {
  return fail(CHECK, `${file} cannot be used (${reason})`, `set ${variable} to a readable PEM file`);
}
