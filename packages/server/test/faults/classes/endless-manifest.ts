import { statusOf } from '../case-runner.ts';
import type { FaultCase } from '../fault-class.ts';
import { IMAGE_TYPE } from '../seeded-content.ts';

/** No server may read on for so long; the attack ends here by itself. */
const MAX_SENT_BYTES = 64 * 1024 * 1024;

/** A manifest in chunks that never ends: 413 once it is too large, and nobody reads on. */
export function endlessManifestCase(): FaultCase {
  return {
    name: 'an endless manifest in chunks',
    run: async (run) => {
      const { host, authorization, content } = run.target;
      const target = `/v2/${content.scratchRepository}/manifests/endless`;
      const socket = await run.open();
      socket.write(
        `PUT ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\n` +
          `Content-Type: ${IMAGE_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const piece = Buffer.from(`10000\r\n${' '.repeat(65_536)}\r\n`);
      let sentBytes = 0;
      while (sentBytes < MAX_SENT_BYTES && (await socket.writeAll(piece))) sentBytes += piece.length;
      const answer = await socket.read('PUT', 5_000).catch(() => 'closed' as const);
      run.check(answer, { method: 'PUT', target });
      const status = statusOf(answer);
      if (status !== 413 && status !== 'closed') run.complain(`${status} rather than 413`);
      if (sentBytes >= MAX_SENT_BYTES) run.complain(`${sentBytes} bytes were read`);
    },
  };
}
