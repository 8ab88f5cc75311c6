import type { Digest } from '@roadstead/oci';
import type { Kysely } from 'kysely';
import { toDigestBytes } from '../../content/digest-bytes.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { PullGate, PullIntent } from '../../kernel/gates.ts';
import { PullRulesReader } from './pull-rules.ts';

/** What a scanner could look into. */
const SCANNABLE: readonly string[] = ['IMAGE', 'CNAB'];

/** How the media types of what programs unpack begin. */
const IMAGE_LAYERS: readonly string[] = [
  'application/vnd.oci.image.layer.',
  'application/vnd.docker.image.rootfs.',
  'application/vnd.docker.container.image.rootfs.',
];

interface Pulled {
  readonly repositoryId: number;
  readonly digest: Buffer;
  readonly type: string | null;
  readonly accessoryType: string | null;
  readonly isIndex: boolean;
  /** Whether somebody could run it, whatever it says that it is. */
  readonly hasImageLayers: boolean;
}

/**
 * Refuses pulls that the rules of the project are against: without a signature of the kinds that it asks for, or unscanned. What
 * belongs to another artifact (a signature, an SBOM) may be pulled, as it is needed to verify that one, unless it is an image itself.
 */
export function createPullRulesGate(database: InstanceDatabase, clock: Clock): PullGate {
  const reader = new PullRulesReader(database, clock);
  return {
    name: 'pull-rules',
    async assertCanPull(_actor, intent) {
      const { cosign, notation, scanned } = await reader.of(intent.projectId);
      if (!cosign && !notation && !scanned) return;
      const pulled = await findPulled(database.reader, intent);
      if (pulled === undefined || (pulled.accessoryType !== null && !pulled.hasImageLayers)) return;
      const kinds = [...(cosign ? ['cosign'] : []), ...(notation ? ['notation'] : [])];
      for (const kind of kinds) {
        if (await isSigned(database.reader, pulled, `signature.${kind}`)) continue;
        throw new ProductError('POLICY_VIOLATION', `the image is not signed by ${kind}, which its project asks for`);
      }
      // The parts of an index are looked at one by one.
      if (!scanned || pulled.isIndex || !SCANNABLE.includes(pulled.type ?? 'IMAGE')) return;
      throw new ProductError(
        'POLICY_VIOLATION',
        'the image was not scanned for vulnerabilities, and its project lets only what was scanned be pulled',
      );
    },
  };
}

async function findPulled(
  reader: Kysely<InstanceSchema>,
  { repository, digest }: PullIntent,
): Promise<Pulled | undefined> {
  const row = await reader
    .selectFrom('repositories as r')
    .innerJoin('manifests as m', 'm.repository_id', 'r.id')
    .innerJoin('artifacts as a', 'a.manifest_id', 'm.id')
    .select(['r.id', 'm.digest', 'm.media_type', 'a.type', 'a.accessory_type'])
    .select((eb) =>
      eb
        .selectFrom('manifest_descriptors as d')
        .select('d.position')
        .whereRef('d.manifest_id', '=', 'm.id')
        .where('d.role', '=', 'layer')
        .where((each) => each.or(IMAGE_LAYERS.map((beginning) => each('d.media_type', 'like', `${beginning}%`))))
        .limit(1)
        .as('image_layer'),
    )
    .where('r.name', '=', repository)
    .where('m.digest', '=', toDigestBytes(digest as Digest))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const isIndex = row.media_type.includes('index') || row.media_type.includes('manifest.list');
  return {
    repositoryId: row.id,
    digest: row.digest,
    type: row.type,
    accessoryType: row.accessory_type,
    isIndex,
    hasImageLayers: row.image_layer !== null,
  };
}

/** By a signature of its own, or one of an index that lists it: who signs an index signs what is in it. */
async function isSigned(
  reader: Kysely<InstanceSchema>,
  { repositoryId, digest }: Pulled,
  accessoryType: string,
): Promise<boolean> {
  const parents = reader
    .selectFrom('manifest_descriptors as d')
    .innerJoin('manifests as p', 'p.id', 'd.manifest_id')
    .select('p.digest')
    .where('d.repository_id', '=', repositoryId)
    .where('d.digest', '=', digest)
    .where('d.role', '=', 'manifest');
  const signature = await reader
    .selectFrom('artifacts')
    .select('manifest_id')
    .where('repository_id', '=', repositoryId)
    .where('accessory_type', '=', accessoryType)
    .where((eb) => eb.or([eb('subject_digest', '=', digest), eb('subject_digest', 'in', parents)]))
    .limit(1)
    .executeTakeFirst();
  return signature !== undefined;
}
