import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { ConfigurationError } from '../kernel/errors.ts';

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Certificate and key of the listener, read anew when their files change. */
export interface TlsFiles {
  current(): TlsMaterial;
  onChange(listener: (material: TlsMaterial) => void): void;
  /** Reads the files now. A pair that does not fit is reported, and the old one stays. */
  reload(): void;
  close(): void;
}

const WATCH_INTERVAL_MS = 1_000;

/**
 * @param onError told when changed files cannot be used
 * @throws ConfigurationError when the files cannot be used at the start
 */
export function openTlsFiles(
  files: { readonly certFile: string; readonly keyFile: string },
  onError: (error: Error) => void,
): TlsFiles {
  let material = readMaterial(files);
  const listeners: ((material: TlsMaterial) => void)[] = [];
  const reload = () => {
    try {
      const next = readMaterial(files);
      if (next.cert.equals(material.cert) && next.key.equals(material.key)) return;
      material = next;
      for (const listener of listeners) listener(next);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  };
  for (const file of [files.certFile, files.keyFile])
    watchFile(file, { interval: WATCH_INTERVAL_MS, persistent: false }, reload);
  return {
    current: () => material,
    onChange: (listener) => listeners.push(listener),
    reload,
    close: () => {
      for (const file of [files.certFile, files.keyFile]) unwatchFile(file, reload);
    },
  };
}

function readMaterial({ certFile, keyFile }: { certFile: string; keyFile: string }): TlsMaterial {
  const cert = read('ROADSTEAD_TLS_CERT', certFile);
  const key = read('ROADSTEAD_TLS_KEY', keyFile);
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch (cause) {
    throw new ConfigurationError(
      `ROADSTEAD_TLS_CERT and ROADSTEAD_TLS_KEY must be PEM files of a certificate and its key`,
      {
        cause,
      },
    );
  }
  throw new ConfigurationError(`ROADSTEAD_TLS_KEY (${keyFile}) is not the key of ROADSTEAD_TLS_CERT (${certFile})`);
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigurationError(`${setting} names ${file}, which cannot be read: it must be a readable PEM file`, {
      cause,
    });
  }
}
