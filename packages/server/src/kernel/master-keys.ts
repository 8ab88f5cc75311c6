/** The master keys that a server was given: two while one takes the place of the other. */
export interface MasterKeys {
  readonly all: readonly Uint8Array[];
  /** The one that the others of this server know, and under which what is new is sealed. */
  getEstablished(): Promise<Uint8Array>;
}
