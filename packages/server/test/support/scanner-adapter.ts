import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const ADAPTER_METADATA = {
  scanner: { name: 'Trivy', vendor: 'Aqua Security', version: '0.58.1' },
  capabilities: [
    {
      type: 'vulnerability',
      consumes_mime_types: [
        'application/vnd.oci.image.manifest.v1+json',
        'application/vnd.docker.distribution.manifest.v2+json',
      ],
      produces_mime_types: ['application/vnd.security.vulnerability.report; version=1.1'],
    },
    {
      type: 'sbom',
      consumes_mime_types: ['application/vnd.docker.distribution.manifest.v2+json'],
      produces_mime_types: ['application/vnd.security.sbom.report+json; version=1.0'],
    },
  ],
  properties: { 'harbor.scanner-adapter/scanner-type': 'os-package-vulnerability' },
};

/** What speaks the Scanner Adapter API's `GET /api/v1/metadata`, on a port of its own. */
export interface ScannerAdapter extends AsyncDisposable {
  readonly url: string;
  /** Of the last request. */
  readonly heard: Readonly<Record<string, unknown>>;
  /** What it answers from now on. */
  answer: { readonly status: number; readonly body: string };
}

export async function startScannerAdapter(): Promise<ScannerAdapter> {
  const adapter = { heard: {}, answer: { status: 200, body: JSON.stringify(ADAPTER_METADATA) } };
  const server = createServer((request, response) => {
    adapter.heard = request.headers;
    const isKnown = request.method === 'GET' && request.url === '/api/v1/metadata';
    const type = { 'content-type': 'application/vnd.scanner.adapter.metadata+json; version=1.1' };
    response.writeHead(isKnown ? adapter.answer.status : 404, type).end(isKnown ? adapter.answer.body : '');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(adapter, {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
