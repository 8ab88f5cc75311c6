import pino, { type DestinationStream, type Logger } from 'pino';

/** Characters that JSON leaves as they are, and on which terminals act or readers of lines break. */
const RAW = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * The server's log: a JSON document on each line, in which a request cannot write anything but text.
 * @param destination default: standard output
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, hooks: { streamWrite: (line: string) => line.replace(RAW, escapeOf) } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
