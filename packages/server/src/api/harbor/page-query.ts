import Type from 'typebox';
import type { PageNumber } from './page-headers.ts';

const DEFAULT_PAGE = 1;
const DEFAULT_PAGE_SIZE = 10;

/**
 * The parameters of every list, digits only: a coerced number would also take `Infinity`, `1e2` and `0x10`. Pages go up to
 * 1 000 000 000, their size to 100; without a value, as in Harbor, it is the default.
 */
export const PAGE_QUERY = {
  page: Type.Optional(Type.String({ maxLength: 32, pattern: '^(?:0*(?:[1-9][0-9]{0,8}|1000000000))?$' })),
  page_size: Type.Optional(Type.String({ maxLength: 32, pattern: '^(?:0*(?:[1-9][0-9]?|100))?$' })),
};

/** @param query what `PAGE_QUERY` let through */
export function readPage(query: {
  readonly page?: string | number | undefined;
  readonly page_size?: string | number | undefined;
}): PageNumber {
  return {
    page: Number(query.page || DEFAULT_PAGE),
    pageSize: Number(query.page_size || DEFAULT_PAGE_SIZE),
  };
}
