import type {
  Artifact,
  ArtifactAccessory,
  ArtifactReference,
  ArtifactTag,
} from '../../../content/artifacts/artifact.ts';
import type { ConfigAttributes } from '../../../content/artifacts/config-attributes.ts';
import { listAdditions } from '../../../content/artifacts/list-additions.ts';
import { iconOf } from '../icons/artifact-icons.ts';
import { HARBOR_BASE } from '../openapi/serve-operation.ts';
import type * as models from '../openapi/shared-models.ts';

/** What was asked for besides the artifact; undefined: it was not. */
export interface ArtifactExtras {
  readonly tags: readonly ArtifactTag[] | undefined;
  readonly accessories: readonly ArtifactAccessory[] | undefined;
  readonly attributes: ConfigAttributes;
  readonly labels: readonly models.Label[] | undefined;
  /** Whether an immutability rule keeps the tag where it is. */
  readonly isImmutable: ((tag: ArtifactTag) => boolean) | undefined;
}

/** How Harbor writes that something has never happened: Go's zero time. */
const NEVER = '0001-01-01T00:00:00.000Z';

export function renderInstant(at: number | undefined): string {
  return at === undefined ? NEVER : new Date(at).toISOString();
}

/** Harbor's Artifact. */
export function renderArtifact(artifact: Artifact, extras: ArtifactExtras): models.Artifact {
  const { annotations, references, type } = artifact;
  const { attributes, tags, accessories, labels } = extras;
  return {
    id: artifact.id,
    type,
    media_type: artifact.mediaType,
    manifest_media_type: artifact.manifestMediaType,
    artifact_type: artifact.artifactType ?? artifact.mediaType,
    project_id: artifact.repository.projectId,
    repository_id: artifact.repositoryId,
    repository_name: artifact.repository.name,
    digest: artifact.digest,
    size: artifact.sizeBytes,
    icon: iconOf(type),
    push_time: renderInstant(artifact.pushedAt),
    pull_time: renderInstant(artifact.pulledAt),
    ...(Object.keys(attributes).length > 0 && { extra_attrs: attributes }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(references.length > 0 && { references: references.map((each) => renderReference(artifact.id, each)) }),
    ...(tags !== undefined && tags.length > 0 && { tags: tags.map((tag) => renderTag(tag, extras.isImmutable)) }),
    addition_links: renderAdditionLinks(artifact),
    ...(labels !== undefined && labels.length > 0 && { labels: [...labels] }),
    ...(accessories !== undefined && accessories.length > 0 && { accessories: accessories.map(renderAccessory) }),
  };
}

export function renderTag(tag: ArtifactTag, isImmutable: ArtifactExtras['isImmutable']): models.Tag {
  return {
    id: tag.id,
    repository_id: tag.repositoryId,
    artifact_id: tag.artifactId,
    name: tag.name,
    push_time: renderInstant(tag.pushedAt),
    pull_time: renderInstant(tag.pulledAt),
    immutable: isImmutable?.(tag) ?? false,
  };
}

export function renderAccessory(accessory: ArtifactAccessory): models.Accessory {
  return {
    id: accessory.id,
    artifact_id: accessory.id,
    subject_artifact_id: accessory.subjectId ?? 0,
    subject_artifact_digest: accessory.subject,
    subject_artifact_repo: accessory.repository,
    size: accessory.sizeBytes,
    digest: accessory.digest,
    type: accessory.type,
    icon: iconOf(accessory.type),
    creation_time: renderInstant(accessory.pushedAt),
  };
}

/** Two members have quotes in their names, as in Harbor's contract. */
function renderReference(parentId: number, reference: ArtifactReference): models.Reference {
  const { platform, annotations, urls } = reference;
  return {
    parent_id: parentId,
    child_id: reference.childId,
    child_digest: reference.digest,
    ...(platform !== undefined && { platform: renderPlatform(platform) }),
    ...(annotations !== undefined && { annotations: { ...annotations } }),
    ...(urls !== undefined && { urls: [...urls] }),
  };
}

function renderPlatform(platform: NonNullable<ArtifactReference['platform']>): models.Platform {
  const { architecture, os, variant, 'os.version': version, 'os.features': features } = platform;
  return {
    ...(architecture !== undefined && { architecture }),
    ...(os !== undefined && { os }),
    ...(version !== undefined && { "'os.version'": version }),
    ...(features !== undefined && { "'os.features'": [...features] }),
    ...(variant !== undefined && { variant }),
  };
}

function renderAdditionLinks(artifact: Artifact): models.AdditionLinks {
  const { repository, digest } = artifact;
  const [project = '', ...path] = repository.name.split('/');
  const name = encodeURIComponent(encodeURIComponent(path.join('/')));
  const base = `${HARBOR_BASE}/projects/${project}/repositories/${name}/artifacts/${digest}/additions`;
  return Object.fromEntries(
    listAdditions(artifact).map((addition) => [addition, { href: `${base}/${addition}`, absolute: false }]),
  );
}
