import { ProductError } from '../../kernel/errors.ts';

export function noSuchRetention(id: number): ProductError {
  return new ProductError('NOT_FOUND', `there is no retention policy ${id}`);
}
