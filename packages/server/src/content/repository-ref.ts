/** A repository by name, within a project that the caller has found and authorized. The row may not exist yet. */
export interface RepositoryRef {
  readonly projectId: number;
  /** The full name, project included: `team/app/api`. */
  readonly name: string;
}
