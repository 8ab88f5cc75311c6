import { isIndexType } from '@roadstead/oci';
import type { Addition } from './additions/addition.ts';
import type { Artifact } from './artifact.ts';

const ADDITIONS_OF_TYPE: Readonly<Record<string, readonly Addition[]>> = {
  IMAGE: ['build_history'],
  WASM: ['build_history'],
  CHART: ['values.yaml', 'readme.md', 'dependencies'],
  CNAI: ['readme.md', 'license', 'files'],
  MODELKIT: ['readme.md', 'license', 'files'],
  SBOM: ['sbom'],
};

/** Those that an artifact of its type has; an index has none, its parts have. */
export function listAdditions({
  type,
  manifestMediaType,
}: Pick<Artifact, 'type' | 'manifestMediaType'>): readonly Addition[] {
  return isIndexType(manifestMediaType) ? [] : (ADDITIONS_OF_TYPE[type] ?? []);
}
