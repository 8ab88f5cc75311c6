import { Registries, type RegistriesDeps } from './registries/registries.ts';
import { Replication } from './replication/replication.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** What an instance has to do with services elsewhere that its administrators name. */
export interface ExternalServices {
  readonly registries: Registries;
  readonly replication: Replication;
  readonly webhooks: Webhooks;
}

export function createExternalServices(deps: RegistriesDeps): ExternalServices {
  return { registries: new Registries(deps), replication: new Replication(deps), webhooks: new Webhooks(deps) };
}
