import type { SeededRandom } from '../support/seeded-random.ts';
import type { RunningRoadstead } from '../support/start-roadstead.ts';
import { basicAuthorization, SEEDED_ACCOUNTS, SEEDED_ROBOT, type SeededAccount } from './seeded-accounts.ts';
import {
  blobOf,
  CONFIG_TYPE,
  descriptorOf,
  IMAGE_TYPE,
  INDEX_TYPE,
  LAYER_TYPE,
  manifestOf,
  type SeededBlob,
  type SeededContent,
  type SeededManifest,
  UPLOADED_BYTES,
} from './seeded-content.ts';

const PROJECT = 'faults';
const PUBLIC_PROJECT = 'faults-public';
const SCRATCH_PROJECT = 'faults-scratch';

/** Fills an empty server with what the attacks are held against. */
export async function seedRegistry(server: RunningRoadstead, random: SeededRandom): Promise<SeededContent> {
  await server.createProject(PROJECT);
  await server.createProject(SCRATCH_PROJECT);
  await server.createProject(PUBLIC_PROJECT, { public: true });
  const content = describeContent(random);
  const push = new Pusher(server);
  for (const repository of [content.repository, content.publicRepository, content.scratchRepository]) {
    for (const blob of [content.blob, content.config, content.wideBlob, ...content.markupBlobs]) {
      await push.blob(repository, blob);
    }
  }
  for (const repository of [content.repository, content.publicRepository]) {
    for (const tag of ['latest', 'v1']) await push.manifest(repository, tag, content.image);
    await push.manifest(repository, 'multi', content.index);
    await push.manifest(repository, content.artifact.digest, content.artifact);
  }
  await push.manifest(content.scratchRepository, content.image.digest, content.image);
  for (const account of Object.values(SEEDED_ACCOUNTS)) await push.account(account);
  await push.projectAdmin(SCRATCH_PROJECT, SEEDED_ACCOUNTS.owner.username);
  await push.robot(SCRATCH_PROJECT, SEEDED_ROBOT);
  // As it is, but written down: a class that changes it brings it back to this.
  await push.accessSettings({ selfRegistration: false });
  // The first token makes the signing key: no attack shall be taken for its maker.
  await fetch(`${server.url}/service/token?scope=repository:${content.publicRepository}:pull`);
  return { ...content, uploadPath: await push.openUpload(content.repository) };
}

function describeContent(random: SeededRandom): SeededContent {
  const config = blobOf('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
  const blob = blobOf(random.bytes(65_536));
  const image = manifestOf({
    schemaVersion: 2,
    mediaType: IMAGE_TYPE,
    config: descriptorOf(CONFIG_TYPE, config),
    layers: [descriptorOf(LAYER_TYPE, blob)],
  });
  const index = manifestOf({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: [{ ...descriptorOf(IMAGE_TYPE, image), platform: { architecture: 'amd64', os: 'linux' } }],
  });
  const artifact = manifestOf({
    schemaVersion: 2,
    mediaType: IMAGE_TYPE,
    artifactType: 'application/vnd.example.signature',
    config: descriptorOf(CONFIG_TYPE, config),
    layers: [],
    subject: descriptorOf(IMAGE_TYPE, image),
    annotations: { 'org.example.key': 'value' },
  });
  return {
    project: PROJECT,
    repository: `${PROJECT}/seed`,
    publicRepository: `${PUBLIC_PROJECT}/seed`,
    scratchRepository: `${SCRATCH_PROJECT}/mutants`,
    absentProject: 'absent',
    blob,
    config,
    wideBlob: blobOf('bytes under a sha512 digest', 'sha512'),
    markupBlobs: ['<html><script>alert(1)</script></html>', '<svg onload="alert(1)"/>', '%PDF-1.7', 'alert(1)'].map(
      (text) => blobOf(text),
    ),
    image,
    index,
    artifact,
    uploadPath: '',
  };
}

class Pusher {
  readonly #url: string;
  readonly #authorization: string;

  constructor({ url, admin }: RunningRoadstead) {
    this.#url = url;
    this.#authorization = basicAuthorization(admin);
  }

  async blob(repository: string, { digest, bytes }: SeededBlob): Promise<void> {
    await this.#send('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, bytes, 201);
  }

  async manifest(repository: string, reference: string, { mediaType, bytes }: SeededManifest): Promise<void> {
    const headers = { 'Content-Type': mediaType };
    await this.#send('PUT', `/v2/${repository}/manifests/${reference}`, bytes, 201, headers);
  }

  async account({ username, password }: SeededAccount): Promise<void> {
    const email = `${username}@example.com`;
    await this.#post('/api/v2.0/users', { username, password, email, realname: username });
  }

  async projectAdmin(project: string, username: string): Promise<void> {
    await this.#post(`/api/v2.0/projects/${project}/members`, { role_id: 1, member_user: { username } });
  }

  async robot(project: string, { username, password }: SeededAccount): Promise<void> {
    const name = username.slice(username.indexOf('+') + 1);
    const access = [{ resource: 'repository', action: 'pull' }];
    const permissions = [{ kind: 'project', namespace: project, access }];
    await this.#post('/api/v2.0/robots', { name, secret: password, level: 'project', duration: -1, permissions });
  }

  async accessSettings(settings: object): Promise<void> {
    const body = Buffer.from(JSON.stringify(settings));
    await this.#send('PUT', '/api/roadstead/v1/access-settings', body, 200, { 'Content-Type': 'application/json' });
  }

  /** @returns the path of an upload that holds UPLOADED_BYTES bytes */
  async openUpload(repository: string): Promise<string> {
    const opened = await this.#send('POST', `/v2/${repository}/blobs/uploads/`, undefined, 202);
    const location = opened.headers.get('location') ?? '';
    await this.#send('PATCH', location, Buffer.alloc(UPLOADED_BYTES, 'a'), 202);
    return location;
  }

  async #post(path: string, document: object): Promise<void> {
    await this.#send('POST', path, Buffer.from(JSON.stringify(document)), 201, { 'Content-Type': 'application/json' });
  }

  async #send(
    method: string,
    path: string,
    bytes: Buffer | undefined,
    status: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const response = await fetch(new URL(path, this.#url), {
      method,
      headers: { Authorization: this.#authorization, ...headers },
      ...(bytes === undefined ? {} : { body: new Uint8Array(bytes) }),
    });
    if (response.status === status) return response;
    throw new Error(`seeding: ${method} ${path} answered ${response.status} ${await response.text()}`);
  }
}
