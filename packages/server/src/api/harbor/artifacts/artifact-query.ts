import { type Digest, isDigest } from '@roadstead/oci';
import type {
  ArtifactColumn,
  ArtifactFilter,
  ColumnCondition,
  TagCondition,
} from '../../../content/artifacts/artifact-filter.ts';
import type { ArtifactOrder } from '../../../content/artifacts/list-artifacts.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { parseQueryExpression, type QueryCondition } from '../query-expression.ts';
import { type QueryValues, readQueryInstant, readQueryInteger, readQueryValues } from '../query-values.ts';
import { readSort } from '../read-sort.ts';

const COLUMNS: Readonly<
  Record<string, { readonly column: ArtifactColumn; readonly of: 'text' | 'integer' | 'instant' }>
> = {
  id: { column: 'id', of: 'integer' },
  type: { column: 'type', of: 'text' },
  mediatype: { column: 'media_type', of: 'text' },
  manifestmediatype: { column: 'manifest_media_type', of: 'text' },
  artifacttype: { column: 'artifact_type', of: 'text' },
  size: { column: 'size', of: 'integer' },
  pushtime: { column: 'push_time', of: 'instant' },
  pulltime: { column: 'pull_time', of: 'instant' },
  repositoryid: { column: 'repository_id', of: 'integer' },
};

const SORT_KEYS = [
  'id',
  'type',
  'media_type',
  'manifest_media_type',
  'artifact_type',
  'size',
  'push_time',
  'pull_time',
  'repository_id',
  'digest',
  'repository_name',
] as const;

type Filter = Omit<ArtifactFilter, 'scope' | 'onlyLatest'>;

/**
 * Reads Harbor's `q` of lists of artifacts. What an artifact does not show has no effect. Who asks for digests, ids or `base=*` gets
 * parts of indexes and accessories too.
 * @throws ProductError BAD_REQUEST
 */
export function readArtifactFilter(text: string | undefined): Filter {
  const columns = new Map<ArtifactColumn, ColumnCondition>();
  const filter: { -readonly [K in keyof Filter]: Filter[K] } = { columns };
  for (const [key, condition] of parseQueryExpression(text)) {
    const name = key.toLowerCase().replaceAll('_', '');
    if (name === 'base') filter.showsEverything = readBase(condition);
    const known = COLUMNS[name];
    if (known !== undefined) columns.set(known.column, readColumn(key, known.of, readQueryValues(key, condition)));
    if (name === 'digest') filter.digests = readDigests(key, condition);
    if (name === 'digest' || name === 'id') filter.showsEverything = true;
    if (name === 'tags') filter.tags = readTags(key, condition);
    if (name === 'labels') filter.labelIds = readLabels(key, condition);
    if (name === 'repositoryname') filter.repositoryNames = readColumn(key, 'text', readQueryValues(key, condition));
  }
  return filter;
}

/** @throws ProductError BAD_REQUEST for what artifacts are not sorted by */
export function readArtifactOrder(sort: string | undefined): readonly ArtifactOrder[] {
  return readSort(sort, SORT_KEYS) ?? [];
}

function readBase({ kind, value }: QueryCondition): true {
  if (kind === 'exact' && value === '*') return true;
  throw badRequest('base is *, for parts of indexes and accessories too');
}

function readColumn(key: string, of: 'text' | 'integer' | 'instant', values: QueryValues): ColumnCondition {
  const read = (value: string) => {
    if (of === 'text') return value;
    return of === 'integer' ? readQueryInteger(key, value) : readQueryInstant(key, value);
  };
  if (values.kind === 'one') return { kind: 'in', values: [read(values.value)] };
  if (values.kind === 'any') return { kind: 'in', values: values.values.map(read) };
  if (values.kind === 'contains' && of === 'text') return { kind: 'contains', text: values.text };
  if (values.kind === 'range' && of !== 'text') {
    const end = (value: string | undefined) => (value === undefined ? undefined : Number(read(value)));
    return { kind: 'range', min: end(values.min), max: end(values.max) };
  }
  throw badRequest(`${key} cannot be compared so`);
}

function readDigests(key: string, condition: QueryCondition): readonly Digest[] {
  const values = readQueryValues(key, condition);
  if (values.kind !== 'one' && values.kind !== 'any') throw badRequest(`${key} is compared with whole digests`);
  // What is no digest is that of nothing.
  return (values.kind === 'one' ? [values.value] : values.values).filter(isDigest);
}

function readTags(key: string, condition: QueryCondition): TagCondition {
  const values = readQueryValues(key, condition);
  if (values.kind === 'contains') return { kind: 'contains', text: values.text };
  if (values.kind === 'any') return { kind: 'in', names: values.values };
  if (values.kind !== 'one') throw badRequest(`${key} is nil, *, a name, ~ with a part of one, or {a b}`);
  if (values.value === '*') return { kind: 'any' };
  return values.value.toLowerCase() === 'nil' ? { kind: 'none' } : { kind: 'in', names: [values.value] };
}

function readLabels(key: string, condition: QueryCondition): readonly number[] {
  const values = readQueryValues(key, condition);
  if (values.kind === 'one') return [readQueryInteger(key, values.value)];
  if (values.kind !== 'all') throw badRequest(`${key} is compared with ids that an artifact has all: labels=(1 2)`);
  return values.values.map((value) => readQueryInteger(key, value));
}

function badRequest(message: string): ProductError {
  return new ProductError('BAD_REQUEST', `q: ${message}`);
}
