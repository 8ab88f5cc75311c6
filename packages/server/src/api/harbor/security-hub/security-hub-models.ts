import Type from 'typebox';
import { Int64, Integer, model, Text } from '../openapi/schemas.ts';

export const DangerousCVE = model('DangerousCVE', {
  cve_id: Text,
  severity: Text,
  cvss_score_v3: Type.Number({ format: 'float64' }),
  desc: Text,
  package: Text,
  version: Text,
});
export type DangerousCVE = Type.Static<typeof DangerousCVE>;

export const DangerousArtifact = model('DangerousArtifact', {
  project_id: Int64,
  repository_name: Text,
  digest: Text,
  critical_cnt: Integer,
  high_cnt: Int64,
  medium_cnt: Integer,
});
export type DangerousArtifact = Type.Static<typeof DangerousArtifact>;

export const SecuritySummary = model('SecuritySummary', {
  critical_cnt: Int64,
  high_cnt: Int64,
  medium_cnt: Int64,
  low_cnt: Int64,
  none_cnt: Int64,
  unknown_cnt: Int64,
  total_vuls: Int64,
  scanned_cnt: Int64,
  total_artifact: Int64,
  fixable_cnt: Int64,
  dangerous_cves: Type.Array(DangerousCVE),
  dangerous_artifacts: Type.Array(DangerousArtifact),
});
export type SecuritySummary = Type.Static<typeof SecuritySummary>;

export const VulnerabilityItem = model('VulnerabilityItem', {
  project_id: Int64,
  repository_name: Text,
  digest: Text,
  tags: Type.Array(Text),
  cve_id: Text,
  severity: Text,
  status: Text,
  cvss_v3_score: Type.Number({ format: 'float' }),
  package: Text,
  version: Text,
  fixed_version: Text,
  desc: Text,
  links: Type.Array(Text),
});
export type VulnerabilityItem = Type.Static<typeof VulnerabilityItem>;
