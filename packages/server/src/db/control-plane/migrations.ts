import type { MigrationStep } from '../migrate.ts';
import { up as instances } from './migrations/0001-instances.ts';
import { up as locks } from './migrations/0002-locks.ts';
import { up as waking } from './migrations/0003-waking.ts';
import type { ControlPlaneSchema } from './schema.ts';

/** Every step of the control plane's schema, by its name, oldest first. */
export const CONTROL_PLANE_MIGRATIONS: Readonly<Record<string, MigrationStep<ControlPlaneSchema>>> = {
  '0001-instances': instances,
  '0002-locks': locks,
  '0003-waking': waking,
};
