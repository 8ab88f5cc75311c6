import { type Probe, probeOf } from './probe.ts';

const USERS = '/api/v2.0/users';
const GROUPS = '/api/v2.0/usergroups';
const OURS = '/api/roadstead/v1';
const PASSWORD = 'Fresh-password-1';
const account = (username: string, email: string) => ({ username, email, realname: 'x', password: PASSWORD });

/** People, groups, sessions, tokens and work of others, by number and name. */
export function createPeopleProbes(): readonly Probe[] {
  return [...createUserProbes(), ...createGroupProbes(), ...createWorkProbes()];
}

function createUserProbes(): readonly Probe[] {
  const user = `${USERS}/{userId}`;
  const own = `${OURS}/users/{userId}`;
  return [
    ...['GET', 'HEAD', 'DELETE'].flatMap((method) => [probeOf(`${method} ${user}`), probeOf(`${method} ${own}`)]),
    probeOf(`PUT ${user}`, { comment: 'x' }),
    probeOf(`PUT ${user}/sysadmin`, { sysadmin_flag: true }),
    probeOf(`PUT ${user}/password`, { new_password: PASSWORD }),
    probeOf(`PUT ${user}/password`, { old_password: 'Wrong-1', new_password: PASSWORD }),
    probeOf(`PUT ${user}/cli_secret`, { secret: PASSWORD }),
    probeOf(`POST ${own}/disable`),
    probeOf(`POST ${own}/enable`),
    probeOf(`PUT ${own}/password`, { password: PASSWORD }),
    probeOf(`GET ${own}/sessions`),
    probeOf(`DELETE ${own}/sessions`),
    probeOf(`DELETE ${own}/sessions/{sessionId}`),
    probeOf(`DELETE ${OURS}/sessions/{sessionId}`),
    probeOf(`DELETE ${OURS}/access-tokens/{accessTokenId}`),
    probeOf(`GET ${OURS}/access-tokens?user={username}`),
    probeOf(`GET ${USERS}?q=username%3D{username}`),
    probeOf(`GET ${OURS}/users?username={username}`),
    // A whole name is found, by who is signed in and adds members.
    probeOf(`GET ${USERS}/search?username={username}`, undefined, { askers: ['nobody'] }),
    probeOf(`POST ${USERS}`, account('{username}', 'probe@example.com')),
    probeOf(`POST ${USERS}`, account('probe', '{email}')),
    probeOf(`POST ${OURS}/users`, { username: '{username}', password: PASSWORD }),
  ];
}

function createGroupProbes(): readonly Probe[] {
  return [
    ...['GET', 'HEAD', 'DELETE'].map((method) => probeOf(`${method} ${GROUPS}/{groupId}`)),
    probeOf(`PUT ${GROUPS}/{groupId}`, { group_name: 'fresh' }),
    probeOf(`GET ${GROUPS}?group_name={groupName}`),
    probeOf(`POST ${GROUPS}`, { group_name: '{groupName}', group_type: 2 }),
    probeOf(`PUT ${OURS}/groups/{groupId}`, { name: 'fresh' }),
    probeOf(`DELETE ${OURS}/groups/{groupId}`),
    probeOf(`POST ${OURS}/groups`, { name: '{groupName}' }),
    probeOf(`GET ${OURS}/groups/{groupId}/members`),
    probeOf(`PUT ${OURS}/groups/{groupId}/members/{username}`),
    probeOf(`DELETE ${OURS}/groups/{groupId}/members/{username}`),
  ];
}

function createWorkProbes(): readonly Probe[] {
  return [
    probeOf(`GET ${OURS}/executions/{executionId}`),
    probeOf(`POST ${OURS}/executions/{executionId}/stop`),
    probeOf(`GET ${OURS}/jobs/{jobId}/log`),
    probeOf(`POST ${OURS}/jobs/{jobId}/retry`),
    probeOf(`GET ${OURS}/audit/proofs/entries/{entryId}`),
  ];
}
