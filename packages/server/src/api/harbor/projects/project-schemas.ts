import Type from 'typebox';
import { PAGE_QUERY } from '../page-query.ts';

/** Booleans come as booleans or, in metadata, as text. */
const Flag = Type.Union([Type.Boolean(), Type.Null(), Type.String()]);

const Metadata = Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())]);

/** Databases hold no NUL, so nothing is found by one. */
const Text = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\u0000]*$' });

/** Harbor's ProjectReq, for create and update. */
export const ProjectReq = Type.Object({
  project_name: Type.Optional(Type.Union([Type.Null(), Type.String()])),
  public: Type.Optional(Flag),
  metadata: Type.Optional(Metadata),
  cve_allowlist: Type.Optional(Type.Unknown()),
  storage_limit: Type.Optional(Type.Union([Type.Null(), Type.Integer()])),
  registry_id: Type.Optional(Type.Union([Type.Null(), Type.Integer()])),
});
export type ProjectReq = Type.Static<typeof ProjectReq>;

export const ListProjectsQuery = Type.Object({
  ...PAGE_QUERY,
  name: Type.Optional(Text(255)),
  public: Type.Optional(Type.Boolean()),
  owner: Type.Optional(Text(255)),
  q: Type.Optional(Text(2048)),
  sort: Type.Optional(Type.String({ maxLength: 255 })),
});
export type ListProjectsQuery = Type.Static<typeof ListProjectsQuery>;

export const HeadProjectQuery = Type.Object({ project_name: Type.String({ minLength: 1, maxLength: 255 }) });
export type HeadProjectQuery = Type.Static<typeof HeadProjectQuery>;

export const ProjectParams = Type.Object({ project_name_or_id: Type.String({ minLength: 1, maxLength: 255 }) });
export type ProjectParams = Type.Static<typeof ProjectParams>;
