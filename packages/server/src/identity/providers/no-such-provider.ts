import { ProductError } from '../../kernel/errors.ts';

export function noSuchProvider(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such login provider');
}
