import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { callRoadstead } from '../registry/roadstead-api.ts';
import type { TextOutput } from '../runtime.ts';
import type { Session } from '../session.ts';
import { formatBytes } from '../terminal/format-bytes.ts';

/** `audit export`: streamed, so that the log may be of any size. */
export async function auditExport(session: Session, { output }: { readonly output?: string }): Promise<void> {
  const connection = await session.connect();
  const call = { method: 'GET', path: '/audit/export', action: 'export the audit log' } as const;
  const { body } = await callRoadstead(connection, call);
  if (output === undefined) {
    for await (const part of body ?? []) await write(session.runtime.stdout, part);
    return;
  }
  let bytes = 0;
  const file = await open(output, 'w', 0o600);
  try {
    for await (const part of body ?? []) {
      await file.write(part);
      bytes += part.byteLength;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  session.printer.result({
    json: { server: connection.server.host, file: output, bytes },
    text: () => `Wrote ${output} (${formatBytes(bytes)}). Check it: roadstead audit verify ${output}`,
    quiet: () => output,
  });
}

/** Waits for whoever reads the other end of a pipe. */
async function write(output: TextOutput, part: Uint8Array): Promise<void> {
  if (output.write(part) === false && output instanceof Writable) await once(output, 'drain');
}
