import Type from 'typebox';

/** The words in which the contract says what a value is. */
export const Text = Type.String();
export const Flag = Type.Boolean();
export const Integer = Type.Integer();
export const Int32 = Type.Integer({ format: 'int32' });
export const Int64 = Type.Integer({ format: 'int64' });
/** An instant as RFC 3339 has it. */
export const DateTime = Type.String({ format: 'date-time' });
export const AnyObject = Type.Record(Type.String(), Type.Unknown());
export const Anything = Type.Unknown();

export const optional = Type.Optional;

export function mapOf<S extends Type.TSchema>(schema: S) {
  return Type.Record(Type.String(), schema);
}

export function oneOf<const Values extends readonly string[]>(...values: Values) {
  return Type.Unsafe<Values[number]>(Type.String({ enum: values }));
}

/** Members that may all be left out, as Harbor's objects have them. */
export function record<P extends Type.TProperties>(properties: P) {
  return Type.Partial(Type.Object(properties));
}

/** An object that has a name of its own in the contract. @param required the members that may not be left out */
export function model<P extends Type.TProperties, const R extends readonly (keyof P & string)[] = []>(
  name: string,
  properties: P,
  required: R = [] as unknown as R,
) {
  const isRequired = (key: string) => (required as readonly string[]).includes(key);
  const members = Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [key, isRequired(key) ? schema : Type.Optional(schema)]),
  );
  return Type.Object(members, { title: name }) as unknown as Type.TObject<{
    [K in keyof P]: K extends R[number] ? P[K] : Type.TOptional<P[K]>;
  }>;
}

/** Gives a schema that is not an object of its own members a name in the contract. */
export function named<S extends Type.TSchema>(name: string, schema: S): S {
  return { ...schema, title: name };
}
