/**
 * Makes the value when it is asked for first. For what is large and often not needed: a cache takes its whole room as it is made, and
 * many instances are opened for a moment's work of their own.
 */
export function onFirstUse<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
