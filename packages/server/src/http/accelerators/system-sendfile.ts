import { createRequire } from 'node:module';
import { ConfigurationError } from '../../kernel/errors.ts';

/**
 * sendfile(2), called at once and on this thread.
 * @returns how many bytes went into the socket; 0 at the end of the file; else why none did
 */
export type Sendfile = (
  socketFd: number,
  fileFd: number,
  position: number,
  lengthBytes: number,
) => number | SendfileFailure;

/** `full`: the socket takes no more for now. `gone`: nobody is at its other end. `other`: what should not happen. */
export type SendfileFailure = 'full' | 'gone' | 'other';

/** What is used of koffi. Its own package has an install script; those with the binaries, which it loads, have none. */
interface ForeignFunctions {
  load(library: null): { func(name: string, result: string, parameters: readonly string[]): ForeignFunction };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

type ForeignFunction = (...values: readonly unknown[]) => number | bigint;

/**
 * Loads what calls the system's function.
 * @throws ConfigurationError where that is not possible
 */
export function loadSystemSendfile(): Sendfile {
  try {
    if (process.platform !== 'linux') throw new Error(`this system is ${process.platform}, not Linux`);
    return bind(createRequire(import.meta.url)(`@koromix/koffi-linux-${process.arch}`));
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ConfigurationError(
      `ROADSTEAD_SENDFILE is on, and sendfile cannot be used here: switch it off (${reason})`,
    );
  }
}

function bind(foreign: ForeignFunctions): Sendfile {
  const call = foreign.load(null).func('sendfile', 'int64_t', ['int', 'int', '_Inout_ int64_t *', 'size_t']);
  const { EAGAIN, EINTR, EPIPE, ECONNRESET } = foreign.os.errno;
  const offset = new BigInt64Array(1);
  return (socketFd, fileFd, position, lengthBytes) => {
    for (;;) {
      offset[0] = BigInt(position);
      const sent = Number(call(socketFd, fileFd, offset, lengthBytes));
      if (sent >= 0) return sent;
      const code = foreign.errno();
      if (code === EINTR) continue;
      if (code === EAGAIN) return 'full';
      return code === EPIPE || code === ECONNRESET ? 'gone' : 'other';
    }
  };
}
