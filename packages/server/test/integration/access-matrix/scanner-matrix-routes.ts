import type { MatrixRoute, Names } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';
const PROJECT = `${HARBOR}/projects/:project_name_or_id/scanner`;
const SCAN = `${HARBOR}/projects/:project_name/repositories/:repository_name/artifacts/:reference/scan`;
const ALL = '/system/scanAll/schedule';

function at(method: string, path: string, body?: unknown): MatrixRoute {
  const route = `${HARBOR}${path}`;
  const made = { method, route, path: () => route, need: { kind: 'administrator' } } as const;
  return body === undefined ? made : { ...made, body: () => body };
}

function scanOf({ project, repository, tag }: Names): string {
  const name = encodeURIComponent(repository.slice(repository.indexOf('/') + 1));
  return `${HARBOR}/projects/${project}/repositories/${name}/artifacts/${tag}/scan`;
}

function needs(permission: string) {
  return { need: { kind: 'project', permission }, hasName: true } as const;
}

const scannerOf = ({ project }: Names) => `${HARBOR}/projects/${project}/scanner`;

/** Scanners, those of projects, and scans. */
export const SCANNER_MATRIX_ROUTES: readonly MatrixRoute[] = [
  at('GET', '/scanners'),
  at('POST', '/scanners', { name: '', url: 'http://127.0.0.1:9' }),
  at('POST', '/scanners/ping', { name: '', url: 'http://127.0.0.1:9', auth: 'none' }),
  at('GET', '/scanners/888888'),
  at('PUT', '/scanners/888888', { name: '', url: 'http://127.0.0.1:9' }),
  at('PATCH', '/scanners/888888', { is_default: true }),
  at('DELETE', '/scanners/888888'),
  at('GET', '/scanners/888888/metadata'),
  at('GET', ALL),
  at('POST', ALL, { schedule: { type: 'None' } }),
  at('PUT', ALL, { schedule: { type: 'None' } }),
  at('POST', '/system/scanAll/stop'),
  at('GET', '/scans/all/metrics'),
  at('GET', '/scans/schedule/metrics'),
  at('GET', '/security/summary'),
  at('GET', '/security/vul'),
  { ...at('GET', '/export/cve/executions'), need: { kind: 'signed-in' } },
  { ...at('GET', '/export/cve/execution/888888'), need: { kind: 'signed-in' } },
  { ...at('GET', '/export/cve/download/888888'), need: { kind: 'signed-in' } },
  { method: 'GET', route: PROJECT, path: scannerOf, ...needs('scanner:read') },
  { method: 'PUT', route: PROJECT, path: scannerOf, ...needs('scanner:create'), body: () => ({ uuid: 'none' }) },
  {
    method: 'GET',
    route: `${PROJECT}/candidates`,
    path: (names) => `${scannerOf(names)}/candidates`,
    ...needs('scanner:create'),
  },
  { method: 'POST', route: SCAN, path: scanOf, ...needs('scan:create'), body: () => ({}) },
  {
    method: 'POST',
    route: SCAN,
    path: scanOf,
    ...needs('sbom:create'),
    body: () => ({ scan_type: 'sbom' }),
  },
  {
    method: 'POST',
    route: `${SCAN}/stop`,
    path: (names) => `${scanOf(names)}/stop`,
    ...needs('scan:stop'),
    body: () => ({}),
  },
  {
    method: 'GET',
    route: `${SCAN}/:report_id/log`,
    path: (names) => `${scanOf(names)}/none/log`,
    ...needs('scan:read'),
  },
];
