/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** What jobs, executions and schedules take as their parameters. */
export type JsonObject = { readonly [name: string]: JsonValue | undefined };
