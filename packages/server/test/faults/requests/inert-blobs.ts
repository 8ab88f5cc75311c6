import { expectStatus } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { type RawRequest, showBytes } from '../raw-request.ts';

/** What keeps bytes of a user's from running in a browser on the registry's origin. */
const INERT: readonly (readonly [string, RegExp])[] = [
  ['content-type', /^application\/octet-stream$/],
  ['content-disposition', /^attachment/],
  ['x-content-type-options', /^nosniff$/],
  ['content-security-policy', /(?:^|; ?)sandbox(?:;|$)/],
];

const ACCEPTS = ['text/html', 'image/svg+xml', 'application/xhtml+xml,*/*', 'application/pdf', 'text/javascript'];

/** Pages and scripts that were pushed as blobs are files to save, however they are asked for. */
export function createInertBlobCases({ content }: Target): readonly FaultCase[] {
  const { markupBlobs, repository, publicRepository } = content;
  return markupBlobs.flatMap(({ digest, bytes }) =>
    [repository, publicRepository].flatMap((name) =>
      ACCEPTS.flatMap((accept) =>
        ['GET', 'HEAD'].flatMap((method) =>
          ['', 'bytes=0-3'].map((range): FaultCase => {
            const headers: (readonly [string, string])[] = [
              ['Accept', accept],
              ...(range === '' ? [] : [['Range', range] as const]),
            ];
            const request: RawRequest = {
              method,
              target: `/v2/${name}/blobs/${digest}`,
              headers,
              isAnonymous: name === publicRepository,
            };
            return {
              name: `${method} of ${showBytes(bytes.toString('latin1', 0, 20))} as ${accept} ${range}`,
              run: (run) => expectInert(run, request),
            };
          }),
        ),
      ),
    ),
  );
}

async function expectInert(run: Parameters<FaultCase['run']>[0], request: RawRequest): Promise<void> {
  const answer = await expectStatus(run, request, [200, 206]);
  if (typeof answer === 'string') return;
  for (const [name, form] of INERT) {
    const value = answer.headers.get(name);
    if (value === undefined || !form.test(value)) run.complain(`${name} is ${value}`);
  }
}
