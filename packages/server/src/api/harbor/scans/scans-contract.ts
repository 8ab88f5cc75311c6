import { accepted, operation, text } from '../openapi/operation.ts';
import { PROJECT_NAME, REFERENCE, REPOSITORY_NAME } from '../openapi/parameters.ts';
import { Text } from '../openapi/schemas.ts';
import { ScanType } from './scans-models.ts';

export const scanArtifact = operation({
  id: 'scanArtifact',
  tag: 'scan',
  method: 'POST',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/scan',
  summary: 'Start scan (body scan_type vulnerability|sbom)',
  access: 'P scan:create (or sbom:create)',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  body: ScanType,
  isBodyOptional: true,
  success: accepted(),
  errors: [400, 401, 403, 404, 422, 500],
});

export const stopScanArtifact = operation({
  id: 'stopScanArtifact',
  tag: 'scan',
  method: 'POST',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/scan/stop',
  summary: 'Stop scan',
  access: 'P scan:stop (or sbom:stop)',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  body: ScanType,
  success: accepted(),
  errors: [400, 401, 403, 404, 422, 500],
});

export const getReportLog = operation({
  id: 'getReportLog',
  tag: 'scan',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/scan/{report_id}/log',
  summary: 'Scan task log (text)',
  access: 'P scan:read',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE, report_id: Text },
  success: text(),
  errors: [400, 401, 403, 404, 500],
});
