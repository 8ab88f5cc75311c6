import type { Target } from '../fault-class.ts';
import { type Probe, probeOf } from './probe.ts';

const PROJECTS = '/api/v2.0/projects';
const ROBOTS = '/api/v2.0/robots';
const OURS = '/api/roadstead/v1';
const EXPLAIN = `${OURS}/access/explain`;

/** All that a project has, by its name and its number. */
export function createProjectProbes(target: Target): readonly Probe[] {
  return [
    ...createKeyedProbes('{project}'),
    ...createKeyedProbes('{projectId}'),
    ...createListProbes(),
    ...createMemberProbes(target),
    ...createRobotProbes(target),
  ];
}

function createKeyedProbes(key: '{project}' | '{projectId}'): readonly Probe[] {
  const asName = probeOf(`GET ${PROJECTS}/${key}`);
  return [
    ...['GET', 'HEAD', 'DELETE'].map((method) => probeOf(`${method} ${PROJECTS}/${key}`)),
    {
      ...asName,
      name: `${asName.name} as a name`,
      request: (names) => ({ ...asName.request(names), headers: [['X-Is-Resource-Name', 'true']] }),
    },
    probeOf(`PUT ${PROJECTS}/${key}`, { metadata: { public: 'false' } }),
    probeOf(`GET ${PROJECTS}/${key}/members`),
    probeOf(`HEAD ${PROJECTS}/${key}/members`),
    probeOf(`GET ${PROJECTS}/${key}/members?entityname={username}`),
    probeOf(`POST ${PROJECTS}/${key}/members`, { role_id: 5, member_user: { username: 'outsider' } }),
    probeOf(`POST ${PROJECTS}/${key}/members`, { role_id: 5, member_user: { username: '{username}' } }),
    ...['visibility', 'trash', 'untagged-policy'].map((what) => probeOf(`GET ${OURS}/projects/${key}/${what}`)),
    probeOf(`PUT ${OURS}/projects/${key}/visibility`, { visibility: 'private' }),
    probeOf(`PUT ${OURS}/projects/${key}/untagged-policy`, { afterMs: null }),
    probeOf(`DELETE ${OURS}/projects/${key}/trash`),
    probeOf(`DELETE ${OURS}/projects/${key}/trash/1`),
    probeOf(`POST ${OURS}/projects/${key}/trash/1/restore`),
    // Harbor's, of which this registry has none: there is nothing behind them, for any project.
    ...['summary', 'metadatas', 'repositories', 'logs', 'robots', 'webhook/policies', 'labels'].map((what) =>
      probeOf(`GET ${PROJECTS}/${key}/${what}`),
    ),
  ];
}

/** Lists and questions that take a name. */
function createListProbes(): readonly Probe[] {
  return [
    // Who is signed in learns of names that are taken, as by making a project.
    probeOf(`HEAD ${PROJECTS}?project_name={project}`, undefined, { askers: ['nobody'] }),
    probeOf(`POST ${PROJECTS}`, { project_name: '{project}' }, { askers: ['nobody'] }),
    ...['name={project}', 'q=name%3D{project}', 'name={project}&public=false'].map((query) =>
      probeOf(`GET ${PROJECTS}?${query}`),
    ),
    // Of what follows it in the list, either shows the same.
    probeOf('GET /v2/_catalog?n=1&last={repository}', undefined, { differs: ['repository'] }),
    ...['', '%2Cname%3Dhidden', '%2Cname%3D~hid'].map((query) =>
      probeOf(`GET ${ROBOTS}?q=Level%3Dproject%2CProjectID%3D{projectId}${query}`),
    ),
    probeOf(`GET ${OURS}/audit/entries?project={project}`),
    probeOf(`GET ${OURS}/audit/entries?actor={username}`),
    ...[
      'resource=project&action=read&project={project}',
      'resource=repository&action=pull&project={project}&repository=vault',
      'resource=project&action=read&project={project}&as=user:{username}',
      'resource=project&action=read&project={project}&as=robot:{robotPart}',
      'resource=project&action=create&as=user:{username}',
      'resource=project&action=create&as=robot:{robotPart}',
    ].map((query) => probeOf(`GET ${EXPLAIN}?${query}`)),
  ];
}

/** Of the private project, of the public one, and of one's own: a member of another is in none. */
function createMemberProbes({ content, hidden }: Target): readonly Probe[] {
  const differs = { differs: ['memberId'] } as const;
  return [hidden.there.repository, content.publicRepository, content.scratchRepository].flatMap((repository) => {
    const member = `${PROJECTS}/${repository.split('/')[0]}/members/{memberId}`;
    return [
      ...['GET', 'HEAD', 'DELETE'].map((method) => probeOf(`${method} ${member}`, undefined, differs)),
      probeOf(`PUT ${member}`, { role_id: 5 }, differs),
    ];
  });
}

function createRobotProbes({ content }: Target): readonly Probe[] {
  const access = [{ resource: 'repository', action: 'pull' }];
  const robot = (level: string, ...namespaces: readonly string[]) => ({
    ...{ name: 'probe', level, duration: 1 },
    permissions: namespaces.map((namespace) => ({ kind: 'project', namespace, access })),
  });
  const own = content.scratchRepository.split('/')[0] ?? '';
  const { permissions } = robot('project', '{project}');
  const denials = [{ kind: 'project', namespace: '{project}', access: [{ ...access[0], effect: 'deny' }] }];
  return [
    ...['GET', 'HEAD', 'DELETE'].map((method) => probeOf(`${method} ${ROBOTS}/{robotId}`)),
    probeOf(`PUT ${ROBOTS}/{robotId}`, robot('project', '{project}')),
    probeOf(`PUT ${ROBOTS}/{robotId}`, robot('project', own)),
    probeOf(`PATCH ${ROBOTS}/{robotId}`, { secret: '' }),
    probeOf(`POST ${ROBOTS}`, robot('project', '{project}')),
    probeOf(`POST ${ROBOTS}`, robot('project', own, '{project}')),
    probeOf(`POST ${ROBOTS}`, robot('system', '{project}')),
    probeOf(`POST ${OURS}/access-tokens`, { name: 'probe', permissions }),
    probeOf(`POST ${OURS}/access-tokens`, { name: 'probe', permissions: denials }),
    probeOf(`POST ${ROBOTS}`, { ...robot('project'), permissions: denials }),
    probeOf(`POST ${ROBOTS}`, { ...robot('project'), permissions: [...robot('project', own).permissions, ...denials] }),
  ];
}
