import { readList, readObject, readText } from './request-fields.ts';

/** A block of permissions as it stands in a body, of which nothing is checked but its types. */
export interface SentPermission {
  readonly kind: string;
  readonly namespace: string;
  readonly access: readonly {
    readonly resource: string;
    readonly action: string;
    readonly effect: string | undefined;
  }[];
}

const MAX_LENGTH = 255;

/** Harbor's `permissions`, which our own API has too. @throws ProductError VALIDATION */
export function readPermissionFields(value: unknown): readonly SentPermission[] | undefined {
  return readList('permissions', value)?.map((item) => {
    const block = readObject('permissions[]', item);
    const access = readList('permissions[].access', block['access']) ?? [];
    return {
      kind: readText('permissions[].kind', block['kind'], MAX_LENGTH) ?? '',
      namespace: readText('permissions[].namespace', block['namespace'], MAX_LENGTH) ?? '',
      access: access.map(readAccess),
    };
  });
}

function readAccess(item: unknown) {
  const entry = readObject('permissions[].access[]', item);
  return {
    resource: readText('resource', entry['resource'], MAX_LENGTH) ?? '',
    action: readText('action', entry['action'], MAX_LENGTH) ?? '',
    effect: readText('effect', entry['effect'], MAX_LENGTH),
  };
}
