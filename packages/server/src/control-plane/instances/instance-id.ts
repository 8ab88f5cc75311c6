import { ProductError } from '../../kernel/errors.ts';

/** The instance that answers every host as long as nobody has created one. */
export const DEFAULT_INSTANCE_ID = 'main';

const ID = /^[a-z][a-z0-9-]{0,39}$/;

/** Their database schema belongs to something else. */
const RESERVED: ReadonlySet<string> = new Set(['control-plane']);

/** @throws ProductError (BAD_REQUEST) when the text cannot be the id of an instance */
export function assertInstanceId(id: string): void {
  if (!ID.test(id)) {
    throw new ProductError(
      'BAD_REQUEST',
      `"${id}" cannot be the id of an instance: it must have 1 to 40 lower-case letters, digits and hyphens, a letter first`,
    );
  }
  if (RESERVED.has(id)) throw new ProductError('BAD_REQUEST', `"${id}" is reserved: choose another id`);
}
