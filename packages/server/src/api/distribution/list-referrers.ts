import { formatNextLink, MEDIA_TYPES, OciError, parseDigest } from '@roadstead/oci';
import {
  formatReferrerCursor,
  parseReferrerCursor,
  type ReferrerCursor,
} from '../../content/referrers/referrer-cursor.ts';
import type { Operation } from './operation.ts';

/** `GET /v2/<name>/referrers/<digest>` (end-12a, end-12b): an empty list rather than 404. */
export const listReferrers: Operation = {
  name: 'list_referrers',
  action: 'pull',
  async answer({ exchange, instance, repository, argument }) {
    const subject = parseDigest(argument);
    const artifactType = readArtifactType(exchange.query.get('artifactType'));
    const after = readCursor(exchange.query.get('after'));
    const page = await instance.content.listReferrers({ repository: repository.name, subject, artifactType, after });
    const headers: Record<string, string> = { 'Content-Type': MEDIA_TYPES.ociImageIndex };
    if (artifactType !== undefined) headers['OCI-Filters-Applied'] = 'artifactType';
    if (page.next !== undefined) {
      const filter = artifactType === undefined ? '' : `&artifactType=${encodeURIComponent(artifactType)}`;
      headers['Link'] = formatNextLink(
        `/v2/${repository.name}/referrers/${subject}?after=${formatReferrerCursor(page.next)}${filter}`,
      );
    }
    exchange.sendJson(200, { schemaVersion: 2, mediaType: MEDIA_TYPES.ociImageIndex, manifests: page.items }, headers);
  },
};

function readCursor(text: string | null): ReferrerCursor | undefined {
  if (text === null) return undefined;
  const cursor = parseReferrerCursor(text);
  if (cursor !== undefined) return cursor;
  throw new OciError('PAGINATION_NUMBER_INVALID', 'The cursor `after` is the one of a Link header, unchanged.');
}

/** No database stores NUL, so a type with it names nothing; one that cannot be stored stands for that. */
function readArtifactType(text: string | null): string | undefined {
  return text?.replaceAll('\0', '\uFFFD');
}
