import type { Target } from './fault-class.ts';
import { SeedClient } from './seed-client.ts';
import { basicAuthorization } from './seeded-accounts.ts';
import { blobOf, CONFIG_TYPE, descriptorOf, IMAGE_TYPE, manifestOf } from './seeded-content.ts';

/** What a request may name: things that are there, or others that are not. */
export interface HiddenNames {
  readonly project: string;
  readonly projectId: number;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly blob: string;
  /** Of the repository. */
  readonly uploadId: string;
  /** Of the project that the attack may fill, and opened by somebody else than its owner. */
  readonly scratchUploadId: string;
  readonly memberId: number;
  readonly robotId: number;
  readonly robotName: string;
  readonly disabledRobotName: string;
  /** `project+name`, as a robot is named without its prefix. */
  readonly robotPart: string;
  readonly userId: number;
  readonly username: string;
  readonly email: string;
  readonly disabledUsername: string;
  readonly groupId: number;
  readonly groupName: string;
  readonly sessionId: string;
  readonly accessTokenId: number;
  readonly executionId: number;
  readonly jobId: number;
  /** Of the audit log. */
  readonly entryId: number;
}

export interface Hidden {
  readonly there: HiddenNames;
  /** As long as those that are there, so that an answer that repeats them is, too. */
  readonly missing: HiddenNames;
}

/** Nothing that anybody sees begins so. */
const PROJECT = 'shroud';
const MISSING_ID = 888_888;
const MISSING_UUID = '00000000-0000-4000-8000-000000000000';
const MISSING_DIGEST = `sha256:${'0'.repeat(64)}`;

/** Makes one of each kind, of which nobody knows who is not an administrator. */
export async function seedHidden(target: Omit<Target, 'earlyTokens' | 'hidden'>): Promise<Hidden> {
  const there = await new HiddenSeed(target).make();
  const { absentProject } = target.content;
  const missing: HiddenNames = {
    project: absentProject,
    projectId: MISSING_ID,
    repository: `${absentProject}/vault`,
    tag: 'absent',
    digest: MISSING_DIGEST,
    blob: MISSING_DIGEST,
    uploadId: MISSING_UUID,
    scratchUploadId: MISSING_UUID,
    memberId: MISSING_ID,
    robotId: MISSING_ID,
    robotName: there.robotName.replace('+hidden', '+absent'),
    robotPart: `${PROJECT}+absent`,
    disabledRobotName: there.disabledRobotName.replace('+resting', '+nowhere'),
    userId: MISSING_ID,
    username: 'nonentity',
    email: 'nonentity@example.com',
    disabledUsername: 'nonentity',
    groupId: MISSING_ID,
    groupName: 'strangers',
    sessionId: MISSING_UUID,
    accessTokenId: MISSING_ID,
    executionId: MISSING_ID,
    jobId: MISSING_ID,
    entryId: MISSING_ID,
  };
  return { there, missing };
}

type HiddenContent = Pick<HiddenNames, 'repository' | 'tag' | 'digest' | 'blob' | 'uploadId' | 'scratchUploadId'>;
type HiddenPeople = Omit<
  HiddenNames,
  keyof HiddenContent | 'project' | 'projectId' | 'executionId' | 'jobId' | 'entryId'
>;

class HiddenSeed {
  readonly #client: SeedClient;
  readonly #target: Omit<Target, 'earlyTokens' | 'hidden'>;

  constructor(target: Omit<Target, 'earlyTokens' | 'hidden'>) {
    this.#client = new SeedClient(target);
    this.#target = target;
  }

  async make(): Promise<HiddenNames> {
    const projectId = await this.#client.create('/api/v2.0/projects', { project_name: PROJECT });
    return {
      project: PROJECT,
      projectId,
      ...(await this.#content()),
      ...(await this.#people()),
      ...(await this.#work()),
    };
  }

  async #content(): Promise<HiddenContent> {
    const { scratchRepository } = this.#target.content;
    const repository = `${PROJECT}/vault`;
    const blob = blobOf('what nobody else has');
    const image = manifestOf({
      schemaVersion: 2,
      mediaType: IMAGE_TYPE,
      config: descriptorOf(CONFIG_TYPE, blob),
      layers: [],
    });
    await this.#push('POST', `/v2/${repository}/blobs/uploads/?digest=${blob.digest}`, blob.bytes);
    await this.#push('PUT', `/v2/${repository}/manifests/secret`, image.bytes, image.mediaType);
    const [uploadId, scratchUploadId] = [await this.#openUpload(repository), await this.#openUpload(scratchRepository)];
    return { repository, tag: 'secret', digest: image.digest, blob: blob.digest, uploadId, scratchUploadId };
  }

  #push(method: string, path: string, bytes: Uint8Array, type = 'application/octet-stream'): Promise<unknown> {
    return this.#client.must(method, path, { body: bytes, headers: { 'Content-Type': type } });
  }

  async #openUpload(repository: string): Promise<string> {
    const { headers } = await this.#client.must('POST', `/v2/${repository}/blobs/uploads/`);
    return (headers.get('location') ?? '').split('/').at(-1)?.split('?')[0] ?? '';
  }

  async #people(): Promise<HiddenPeople> {
    const disabledUsername = 'sleepless';
    const disabledId = await this.#user(disabledUsername);
    await this.#client.must('POST', `/api/roadstead/v1/users/${disabledId}/disable`);
    const username = 'concealed';
    const userId = await this.#user(username);
    const memberId = await this.#client.create(`/api/v2.0/projects/${PROJECT}/members`, {
      role_id: 3,
      member_user: { username },
    });
    const robot = await this.#robot('hidden', false);
    const groupName = 'cabalists';
    const { id: groupId } = await this.#client.json<{ id: number }>('POST', '/api/roadstead/v1/groups', {
      body: { name: groupName },
    });
    const authorization = basicAuthorization({ username, password: PASSWORD });
    const { id: accessTokenId } = await this.#client.json<{ id: number }>('POST', '/api/roadstead/v1/access-tokens', {
      body: { name: 'hidden' },
      authorization,
    });
    return {
      ...{ username, userId, memberId, groupName, groupId, accessTokenId, disabledUsername },
      email: `${username}@example.com`,
      robotId: robot.id,
      robotName: robot.name,
      robotPart: `${PROJECT}+hidden`,
      disabledRobotName: (await this.#robot('resting', true)).name,
      sessionId: await this.#session(username, userId),
    };
  }

  #user(username: string): Promise<number> {
    const email = `${username}@example.com`;
    return this.#client.create('/api/v2.0/users', { username, password: PASSWORD, email, realname: username });
  }

  #robot(name: string, disable: boolean): Promise<{ readonly id: number; readonly name: string }> {
    const access = [{ resource: 'repository', action: 'pull' }];
    const permissions = [{ kind: 'project', namespace: PROJECT, access }];
    const body = { name, level: 'project', duration: -1, disable, permissions };
    return this.#client.json('POST', '/api/v2.0/robots', { body });
  }

  async #session(username: string, userId: number): Promise<string> {
    const body = new URLSearchParams({ principal: username, password: PASSWORD }).toString();
    await this.#client.must('POST', '/c/login', { body, authorization: undefined });
    const path = `/api/roadstead/v1/users/${userId}/sessions`;
    const { items } = await this.#client.json<{ items: readonly { id: string }[] }>('GET', path);
    return items[0]?.id ?? '';
  }

  /** Something that the server was asked to do, and has done. */
  async #work(): Promise<Pick<HiddenNames, 'executionId' | 'jobId' | 'entryId'>> {
    const path = '/api/roadstead/v1/garbage-collection/runs';
    const { id } = await this.#client.json<{ id: number }>('POST', path, { body: { mode: 'dry-run' } });
    for (;;) {
      const { status, jobs } = await this.#client.json<{ status: string; jobs: readonly { id: number }[] }>(
        'GET',
        `/api/roadstead/v1/executions/${id}`,
      );
      if (status !== 'pending' && status !== 'running') return { executionId: id, jobId: jobs[0]?.id ?? 0, entryId: 1 };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const PASSWORD = 'Hidden-password-5';
