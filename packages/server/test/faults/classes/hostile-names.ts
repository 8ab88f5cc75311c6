import type { SeededRandom } from '../../support/seeded-random.ts';
import { errorCodeOf } from '../answer-checks.ts';
import { expectStatus } from '../case-runner.ts';
import { createNameCorpus, createTargetCorpus } from '../corpora/name-corpus.ts';
import { allowedStatuses, isValidName, judgePath } from '../corpora/path-oracle.ts';
import type { FaultCase, FaultClass, Target } from '../fault-class.ts';
import { type RawRequest, showBytes } from '../raw-request.ts';
import { EMPTY_INDEX } from '../seeded-content.ts';

type Endpoint = (name: string, target: Target) => RawRequest;

/** Every operation on a repository, with what would succeed in it if the name were one. */
const ENDPOINTS: readonly Endpoint[] = [
  ...['GET', 'HEAD', 'DELETE'].map(
    (method): Endpoint =>
      (name) => ({ method, target: `/v2/${name}/manifests/latest` }),
  ),
  (name) => ({
    method: 'PUT',
    target: `/v2/${name}/manifests/latest`,
    headers: [['Content-Type', EMPTY_INDEX.mediaType]],
    body: EMPTY_INDEX.bytes,
  }),
  ...['GET', 'HEAD', 'DELETE'].map(
    (method): Endpoint =>
      (name, { content }) => ({ method, target: `/v2/${name}/blobs/${content.blob.digest}` }),
  ),
  (name) => ({ method: 'POST', target: `/v2/${name}/blobs/uploads/` }),
  ...['GET', 'DELETE'].map(
    (method): Endpoint =>
      (name, { content }) => ({ method, target: uploadTarget(name, content.uploadPath) }),
  ),
  (name, { content }) => ({
    method: 'PATCH',
    target: uploadTarget(name, content.uploadPath),
    body: Buffer.from('abc'),
  }),
  (name, { content }) => ({
    method: 'PUT',
    target: `${uploadTarget(name, content.uploadPath)}?digest=${content.blob.digest}`,
    body: Buffer.from('abc'),
  }),
  (name) => ({ method: 'GET', target: `/v2/${name}/tags/list` }),
  (name, { content }) => ({ method: 'GET', target: `/v2/${name}/referrers/${content.image.digest}` }),
];

/** The seeded upload's real id, under another name. */
function uploadTarget(name: string, uploadPath: string): string {
  return `/v2/${name}/blobs/uploads/${uploadPath.slice(uploadPath.lastIndexOf('/') + 1)}`;
}

const PROJECT_NAMES = 400;

/** Hostile names × every operation of a repository, hostile whole targets × every method, hostile project names. */
export function createHostileNames(target: Target, random: SeededRandom): FaultClass {
  const names = createNameCorpus(random, target.content);
  const targets = createTargetCorpus(target);
  const methods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];
  return {
    name: 'names',
    unit: 'names',
    corpusSize: names.length + targets.length,
    minCorpusSize: 2_000,
    concurrency: 6,
    cases: [
      ...names.flatMap((name) => ENDPOINTS.flatMap((endpoint) => nameCase(endpoint(name, target), target))),
      ...targets.flatMap((text) => methods.map((method) => pathCase({ method, target: text }, target))),
      ...random.sample(names, PROJECT_NAMES).flatMap(projectCases),
    ],
  };
}

/** Paths that name something of the seeded project after all are no hostile ones. */
function nameCase(request: RawRequest, target: Target): readonly FaultCase[] {
  const { kind, repository = '' } = judgePath(request.target);
  return kind === 'route' && isOf(target, repository) ? [] : [pathCase(request, target)];
}

function isOf({ content }: Target, repository: string): boolean {
  return repository.split('/')[0] === content.project;
}

function pathCase(request: RawRequest, server: Target): FaultCase {
  const { method, target } = request;
  const allowed = allowedStatuses(method, target, (repository) => isOf(server, repository));
  const isBadName = judgePath(target).kind === 'bad-name';
  return {
    name: `${method} ${showBytes(target)}`,
    run: async (run) => {
      const answer = await expectStatus(run, request, allowed);
      if (typeof answer === 'string' || method === 'HEAD' || !isBadName) return;
      const code = errorCodeOf(answer);
      if (code !== 'NAME_INVALID') run.complain(`the code is ${code} rather than NAME_INVALID`);
    },
  };
}

/** The project API takes names in a body and in a path. */
function projectCases(name: string): readonly FaultCase[] {
  if (isValidName(name)) return [];
  const encoded = Array.from(name, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
  const body = Buffer.from(JSON.stringify({ project_name: name, metadata: { public: 'true' } }));
  const create: RawRequest = {
    method: 'POST',
    target: '/api/v2.0/projects',
    headers: [['Content-Type', 'application/json']],
    body,
  };
  const inPath = ['GET', 'DELETE', 'HEAD'].map(
    (method): RawRequest => ({ method, target: `/api/v2.0/projects/${encoded.slice(0, 3_000)}` }),
  );
  return [create, ...inPath].map((request) => ({
    name: `${request.method} of the project ${showBytes(name)}`,
    run: async (run) => {
      await expectStatus(run, request, [400, 403, 404, 405, 414, 422]);
    },
  }));
}
