import { ProductError } from '../../kernel/errors.ts';

export function noSuchUser(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such user');
}
