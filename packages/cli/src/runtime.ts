import type { Readable } from 'node:stream';

/** Where text goes; a terminal says so and how wide it is. */
export interface TextOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string | Uint8Array): unknown;
}

/** Terminal input can be read key by key, so that a password is not shown. */
export interface TextInput extends Readable {
  readonly isTTY?: boolean | undefined;
  setRawMode?(mode: boolean): unknown;
}

/** Everything that a command takes from the process around it. Commands read nothing else. */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the machine is called. */
  readonly hostname: () => string;
  readonly stdin: TextInput;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** At least 0 and less than 1. */
  readonly random: () => number;
  readonly sleepMs: (ms: number) => Promise<void>;
  /** Trusts further certificates, or any: they hold for the whole process. */
  readonly tls: {
    addTrustedCertificates(pem: string): void;
    /** Those that the operating system trusts, beside the ones that come with Node. */
    addSystemCertificates(): void;
    trustAnything(): void;
  };
}
