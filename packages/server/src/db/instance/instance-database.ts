import type { Database } from '../../drivers/database/database.ts';
import type { InstanceSchema } from './schema.ts';

/** The database of one instance, whatever its engine. */
export type InstanceDatabase = Database<InstanceSchema>;
