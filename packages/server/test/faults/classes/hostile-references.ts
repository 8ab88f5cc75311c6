import type { SeededRandom } from '../../support/seeded-random.ts';
import { errorCodeOf } from '../answer-checks.ts';
import { expectStatus } from '../case-runner.ts';
import { createReferenceCorpus, isDigest, isTag, listAlgorithms } from '../corpora/reference-corpus.ts';
import type { FaultCase, FaultClass, Target } from '../fault-class.ts';
import { percentEncode, type RawRequest, showBytes } from '../raw-request.ts';
import { EMPTY_INDEX } from '../seeded-content.ts';
import { createConditionCases } from './hostile-conditions.ts';

const MANIFEST_HEADERS = [['Content-Type', EMPTY_INDEX.mediaType]] as const;

/** Tags and digests that are none, in every place of a request where one can stand. */
export function createHostileReferences(target: Target, random: SeededRandom): FaultClass {
  const { tags, digests } = createReferenceCorpus(target.content, random);
  const algorithms = listAlgorithms();
  const { cases: conditions, corpusSize: conditionCount } = createConditionCases(target);
  return {
    name: 'references',
    unit: 'references',
    corpusSize: tags.length + digests.length + algorithms.length + conditionCount,
    minCorpusSize: 1_000,
    concurrency: 6,
    cases: [
      ...[...tags, ...digests].flatMap((text) => listManifestPaths(text, target)),
      ...digests.flatMap((text) => listDigestPaths(text, target)),
      ...digests.flatMap((text) => listDigestParameters(text, target)),
      ...[...tags, ...digests].map((text) => tagParameter(text, target)),
      ...algorithms.map((text) => algorithmParameter(text, target)),
      ...manyTags(target),
      ...conditions,
    ],
  };
}

/**
 * A reference in a path. Where its characters end the path or the request line it is another path, and still never a
 * success; where it is one segment of a path, exactly 400.
 */
function pathCases(text: string, requests: readonly RawRequest[]): readonly FaultCase[] {
  const isMalformed = /[\0- \x7f-\xff]/.test(text);
  const isOneSegment = !/[/?]/.test(text) && text.length < 1_500;
  const allowed = isMalformed || isOneSegment ? [400] : [400, 403, 404, 405, 414];
  return requests.map((request) => ({
    name: `${request.method} ${showBytes(request.target)}`,
    run: async (run) => {
      await expectStatus(run, request, allowed);
    },
  }));
}

/** Before a query, or before one more space than HTTP needs (RFC 9112 §3 lets servers pass it over), stands a good one. */
function isHarmlessInPath(text: string): boolean {
  const path = text.split('?')[0]?.replace(/ +$/, '') ?? '';
  return isTag(path) || isDigest(path);
}

function listManifestPaths(text: string, { content }: Target): readonly FaultCase[] {
  if (isHarmlessInPath(text)) return [];
  const target = `/v2/${content.repository}/manifests/${text}`;
  return pathCases(text, [
    { method: 'GET', target },
    { method: 'HEAD', target },
    { method: 'DELETE', target },
    { method: 'PUT', target, headers: MANIFEST_HEADERS, body: EMPTY_INDEX.bytes },
  ]);
}

function listDigestPaths(text: string, { content }: Target): readonly FaultCase[] {
  if (isHarmlessInPath(text)) return [];
  const blob = `/v2/${content.repository}/blobs/${text}`;
  return pathCases(text, [
    { method: 'GET', target: blob },
    { method: 'HEAD', target: blob },
    { method: 'DELETE', target: blob },
    { method: 'GET', target: `/v2/${content.repository}/referrers/${text}` },
  ]);
}

/** A parameter is decoded, so that any bytes may stand in it. */
function parameterCase(request: RawRequest, codes: readonly string[]): FaultCase {
  return {
    name: `${request.method} ${showBytes(request.target)}`,
    run: async (run) => {
      const answer = await expectStatus(run, request, [400, 414]);
      if (typeof answer === 'string' || answer.status !== 400) return;
      const code = errorCodeOf(answer) ?? 'none';
      if (!codes.includes(code)) run.complain(`the code is ${code} rather than ${codes.join(' or ')}`);
    },
  };
}

function listDigestParameters(text: string, { content }: Target): readonly FaultCase[] {
  const value = percentEncode(text);
  const uploads = `/v2/${content.repository}/blobs/uploads/`;
  return [
    parameterCase({ method: 'POST', target: `${uploads}?digest=${value}`, body: content.blob.bytes.subarray(0, 64) }, [
      'DIGEST_INVALID',
    ]),
    parameterCase({ method: 'PUT', target: `${content.uploadPath}?digest=${value}` }, ['DIGEST_INVALID']),
    parameterCase({ method: 'POST', target: `${uploads}?mount=${value}&from=${content.repository}` }, [
      'DIGEST_INVALID',
    ]),
    parameterCase({ method: 'POST', target: `${uploads}?mount=${value}` }, ['DIGEST_INVALID']),
    parameterCase({ method: 'POST', target: `${uploads}?mount=${content.blob.digest}&from=${value}` }, [
      'NAME_INVALID',
    ]),
  ];
}

/** The manifest itself is right and complete: only the tag is wrong, and nothing of the push may stay. */
function tagParameter(text: string, { content }: Target): FaultCase {
  const target = `/v2/${content.repository}/manifests/${EMPTY_INDEX.digest}?tag=good&tag=${percentEncode(text)}`;
  return parameterCase({ method: 'PUT', target, headers: MANIFEST_HEADERS, body: EMPTY_INDEX.bytes }, ['TAG_INVALID']);
}

function algorithmParameter(text: string, { content }: Target): FaultCase {
  const target = `/v2/${content.repository}/blobs/uploads/?digest-algorithm=${percentEncode(text)}`;
  return parameterCase({ method: 'POST', target }, ['DIGEST_INVALID']);
}

/** More tags than one push may set are a 414 (spec main), and none of them is set. */
function manyTags({ content }: Target): readonly FaultCase[] {
  const target = (count: number): string => {
    const tags = Array.from({ length: count }, (_, index) => `tag=t${index}`).join('&');
    return `/v2/${content.repository}/manifests/${EMPTY_INDEX.digest}?${tags}`;
  };
  const put = (count: number): FaultCase => ({
    name: `PUT of a manifest with ${count} tag parameters`,
    run: async (run) => {
      const request = { method: 'PUT', target: target(count), headers: MANIFEST_HEADERS, body: EMPTY_INDEX.bytes };
      await expectStatus(run, request, [414]);
    },
  });
  return [...[200, 1_000, 3_000].map(put), wrongDigest(content.repository, content.image.digest)];
}

/** A digest that is one, of other bytes. */
function wrongDigest(repository: string, digest: string): FaultCase {
  return parameterCase(
    {
      method: 'PUT',
      target: `/v2/${repository}/manifests/${digest}?tag=good`,
      headers: MANIFEST_HEADERS,
      body: EMPTY_INDEX.bytes,
    },
    ['DIGEST_INVALID'],
  );
}
