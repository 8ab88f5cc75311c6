import type { AdapterMetadata } from '../../../operations/scanning/adapter-metadata.ts';
import type { Scanner } from '../../../operations/scanning/scanner.ts';
import type { ShownScanner } from '../../../operations/scanning/scanners.ts';
import type { ScannerRegistration } from '../openapi/shared-models.ts';
import type { ScannerAdapterMetadata } from './scanners-models.ts';

/** What is kept of it; never its credential. */
export function renderScanner(scanner: Scanner): ScannerRegistration {
  return {
    uuid: scanner.uuid,
    name: scanner.name,
    description: scanner.description,
    url: scanner.url,
    disabled: scanner.isDisabled,
    is_default: scanner.isDefault,
    auth: scanner.auth,
    skip_certVerify: scanner.isInsecure,
    use_internal_addr: scanner.usesInternalAddress,
    create_time: new Date(scanner.createdAt).toISOString(),
    update_time: new Date(scanner.updatedAt).toISOString(),
  };
}

/** With what its adapter says. A disabled one is not asked, and nothing is said of its health. */
export function renderShownScanner(scanner: ShownScanner): ScannerRegistration {
  const { metadata, isDisabled } = scanner;
  if (metadata === undefined) return { ...renderScanner(scanner), ...(!isDisabled && { health: 'unhealthy' }) };
  const { name: adapter, vendor, version } = metadata.scanner;
  return {
    ...renderScanner(scanner),
    ...{ adapter, vendor, version, health: 'healthy' },
    capabilities: {
      support_vulnerability: finds(metadata, undefined) || finds(metadata, 'vulnerability'),
      support_sbom: finds(metadata, 'sbom'),
    },
  };
}

export function renderMetadata({ scanner, capabilities, properties }: AdapterMetadata): ScannerAdapterMetadata {
  return {
    scanner: { ...scanner },
    capabilities: capabilities.map(({ type, consumes, produces }) => ({
      ...(type !== undefined && { type }),
      consumes_mime_types: [...consumes],
      produces_mime_types: [...produces],
    })),
    properties: { ...properties },
  };
}

function finds({ capabilities }: AdapterMetadata, type: string | undefined): boolean {
  return capabilities.some((capability) => capability.type === type);
}
