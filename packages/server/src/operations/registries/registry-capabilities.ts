/** By what the content to copy can be chosen. */
export interface FilterChoice {
  readonly type: 'name' | 'tag' | 'label' | 'resource';
  readonly style: 'input' | 'radio';
  readonly values: readonly string[];
}

/** What can be done with a registry. */
export interface RegistryCapabilities {
  readonly kind: string;
  readonly filters: readonly FilterChoice[];
  readonly triggers: readonly string[];
  readonly copiesByChunk: boolean;
}

const TYPED: readonly FilterChoice[] = [
  { type: 'name', style: 'input', values: [] },
  { type: 'tag', style: 'input', values: [] },
];
const LABEL: FilterChoice = { type: 'label', style: 'input', values: [] };

/** @param isLocal this registry itself, where pushes and deletes can start a copy */
export function capabilitiesOf(kind: string, isLocal: boolean): RegistryCapabilities {
  const isHarbor = kind === 'harbor';
  const resources = isHarbor ? ['image', 'artifact'] : ['image'];
  return {
    kind,
    filters: [...TYPED, ...(isHarbor ? [LABEL] : []), { type: 'resource', style: 'radio', values: resources }],
    triggers: ['manual', 'scheduled', ...(isLocal ? ['event_based'] : [])],
    copiesByChunk: isHarbor,
  };
}
