import { Registries, type RegistriesDeps } from './registries/registries.ts';
import { Replication } from './replication/replication.ts';
import { Scanners, type ScannersDeps } from './scanning/scanners.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** What an instance has to do with services elsewhere that its administrators name. */
export interface ExternalServices {
  readonly registries: Registries;
  readonly replication: Replication;
  readonly webhooks: Webhooks;
  readonly scanners: Scanners;
}

export function createExternalServices(deps: RegistriesDeps & ScannersDeps): ExternalServices {
  return {
    registries: new Registries(deps),
    replication: new Replication(deps),
    webhooks: new Webhooks(deps),
    scanners: new Scanners(deps),
  };
}
