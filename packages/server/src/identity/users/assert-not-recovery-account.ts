import { ProductError } from '../../kernel/errors.ts';
import { ADMINISTRATOR_NAME } from './administrator-name.ts';

/** @throws ProductError DENIED */
export function assertNotRecoveryAccount(
  { username }: { readonly username: string },
  done: 'deleted' | 'demoted',
): void {
  if (username !== ADMINISTRATOR_NAME) return;
  throw new ProductError(
    'DENIED',
    `the account ${ADMINISTRATOR_NAME} is the way back in for who looks after the server: it can be disabled, and not ${done}`,
  );
}
