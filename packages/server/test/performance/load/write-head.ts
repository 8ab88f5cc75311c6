import type { LoadTarget } from './load-task.ts';

/** The head of an HTTP/1.1 request. */
export function writeHead(
  target: LoadTarget,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n${lines.join('')}\r\n`;
}
