import type { Names } from '../access-matrix/matrix-routes.ts';
import { readJson } from '../support/http-client.ts';
import { digestOf, sampleImage } from '../support/sample-content.ts';
import type { Stage } from './stage.ts';

/** Two projects with an image, and one of everything that can be read by a name. */
export async function prepareNames(stage: Stage): Promise<Names> {
  const { admin, marker } = stage;
  const project = 'team';
  for (const name of [project, 'other']) await admin.createProject(name);
  const image = sampleImage();
  await admin.pushImage(`${project}/app`, 'v1', image);
  await admin.pushImage(`${project}/other`, 'v1', image);
  const { project_id: projectId } = readJson<{ project_id: number }>(await admin.get(`/api/v2.0/projects/${project}`));
  const [member] = readJson<{ id: number }[]>(await admin.get(`/api/v2.0/projects/${project}/members`));
  const group = await stage.expect(201, admin, 'POST', '/api/roadstead/v1/groups', { json: { name: marker } });
  const json = {
    name: 'named',
    level: 'project',
    duration: 1,
    permissions: [{ kind: 'project', namespace: project, access: [{ resource: 'repository', action: 'pull' }] }],
  };
  const robot = await stage.expect(201, admin, 'POST', '/api/v2.0/robots', { json });
  stage.answers.gives(robot, 'secret that POST /api/v2.0/robots makes', readJson<{ secret: string }>(robot).secret);
  return {
    project,
    projectId,
    repository: `${project}/app`,
    tag: 'v1',
    digest: image.digest,
    blob: digestOf(image.blobs[0] ?? Buffer.alloc(0)),
    memberId: member?.id ?? 0,
    robotId: readJson<{ id: number }>(robot).id,
    userId: 1,
    username: 'admin',
    groupId: readJson<{ id: number }>(group).id,
    fresh: 'fresh',
  };
}
