import Type from 'typebox';

/** A row's id in a path, digits only: a coerced number would also take `1e2` and `0x10`. */
export const IdParam = Type.String({ maxLength: 15, pattern: '^[0-9]{1,15}$' });
