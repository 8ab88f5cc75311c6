import { expectStatus } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import type { RawRequest } from '../raw-request.ts';

const BAD_IDS = [
  '..',
  '.',
  '%2e%2e',
  'x',
  '0',
  '-1',
  '00000000-0000-0000-0000-000000000000',
  "' or 1=1--",
  '%00',
  'a'.repeat(1_000),
  '__proto__',
  '*',
];

/** An upload's id alone is no authority: under another repository, or for another principal, it is not there. */
export function createForeignUploadCases({ content }: Target): readonly FaultCase[] {
  const id = content.uploadPath.slice(content.uploadPath.lastIndexOf('/') + 1);
  const others = [
    `${content.project}/other`,
    content.publicRepository,
    content.scratchRepository,
    `${content.repository}/below`,
  ];
  const operations = (path: string): readonly RawRequest[] => [
    { method: 'GET', target: path },
    { method: 'PATCH', target: path, body: Buffer.from('stolen') },
    { method: 'PATCH', target: path, headers: [['Content-Range', '10-15']], body: Buffer.from('stolen') },
    { method: 'PUT', target: `${path}?digest=${content.config.digest}` },
    { method: 'PUT', target: `${path}?digest=${content.config.digest}`, body: content.config.bytes },
    { method: 'DELETE', target: path },
  ];
  const cases = (path: string, allowed: readonly number[], isAnonymous: boolean): readonly FaultCase[] =>
    operations(path).map((request) => ({
      name: `${request.method} of an upload at ${path}${isAnonymous ? ' without credentials' : ''}`,
      run: async (run) => {
        await expectStatus(run, { ...request, isAnonymous }, allowed);
      },
    }));
  return [
    ...others.flatMap((repository) => cases(`/v2/${repository}/blobs/uploads/${id}`, [404], false)),
    ...cases(content.uploadPath, [401], true),
    ...cases(`/v2/${content.publicRepository}/blobs/uploads/${id}`, [401], true),
    ...cases(content.uploadPath.toUpperCase().replace('/V2/', '/v2/'), [400, 404], false),
    ...cases(`/v2/${content.repository}/blobs/uploads/${id.toUpperCase()}`, [404], false),
    ...BAD_IDS.flatMap((bad) => cases(`/v2/${content.repository}/blobs/uploads/${bad}`, [400, 404], false)),
  ];
}
