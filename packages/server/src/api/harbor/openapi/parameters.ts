import Type from 'typebox';
import { optional } from './schemas.ts';

const MAX_PAGE = 1_000_000_000;
const MAX_PAGE_SIZE = 100;
const REPORT_TYPES =
  'application/vnd.security.vulnerability.report; version=1.1, application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0';

const Name = (description: string) => Type.String({ minLength: 1, maxLength: 512, description });
const FlagOf = (description: string) => optional(Type.Boolean({ default: false, description }));

export const FILTER = optional(
  Type.String({
    maxLength: 2_048,
    description:
      'Conditions, with commas between them: `k=v` (is), `k=~v` (contains), `k=[min~max]` (from, to), `k={a b}` (one of), `k=(a b)` (all of).',
  }),
);
export const SORT = optional(
  Type.String({
    maxLength: 255,
    description: 'What to sort by: `name,-creation_time`; a minus turns the order round.',
  }),
);
export const PAGE = optional(
  Type.Integer({ format: 'int64', minimum: 1, maximum: MAX_PAGE, default: 1, description: 'Which page, from 1 on.' }),
);
export const PAGE_SIZE = optional(
  Type.Integer({ format: 'int64', minimum: 1, maximum: MAX_PAGE_SIZE, default: 10, description: 'Items of a page.' }),
);
export const IS_RESOURCE_NAME = FlagOf('The project in the path is named, even if the name is a number.');
export const NAME_IN_LOCATION = FlagOf('`Location` has the name of what was made rather than its id.');
export const ACCEPT_VULNERABILITIES = optional(
  Type.String({ default: REPORT_TYPES, description: 'Media types of reports, the first one that is there is sent.' }),
);
export const SCAN_DATA_TYPE = Type.String({ minLength: 1, maxLength: 255, description: 'Media type of the reports.' });
export const PROJECT_NAME = Name('The name of the project.');
export const PROJECT_NAME_OR_ID = Name('The name or the id of the project.');
export const REPOSITORY_NAME = Name(
  'The name of the repository without that of its project; each slash in it is encoded, once or twice.',
);
export const REFERENCE = Name('The digest of the artifact, or one of its tags.');
export const DIGEST = Name('The digest of the artifact.');
export const TAG_NAME = Name('The name of the tag.');
