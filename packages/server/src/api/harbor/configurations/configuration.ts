/** Harbor's configuration keys, each with its value. */
export type Configuration = Readonly<Record<string, unknown>>;
