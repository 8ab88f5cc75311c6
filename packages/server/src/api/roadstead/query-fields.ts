import Type from 'typebox';

/** A row's id, digits only: a coerced number would also take `1e2` and `0x10`. */
export const Id = Type.String({ maxLength: 15, pattern: '^[0-9]{1,15}$' });

/** Databases hold no NUL, so nothing is found by one. */
export const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]*$' });

/** From 1 to 100. */
export const PageSize = Type.String({ maxLength: 3, pattern: '^(?:[1-9][0-9]?|100)$' });

/** From 1 to 1 000 000 000. */
export const PageNumber = Type.String({ maxLength: 10, pattern: '^(?:[1-9][0-9]{0,8}|1000000000)$' });

export const DEFAULT_PAGE_SIZE = 20;
