import type { Descriptor, ParsedManifest } from '@roadstead/oci';
import type { AdditionSource } from './addition.ts';
import { readTarFiles } from './read-tar-files.ts';

/** A file that a model has, as Harbor lists it. */
export interface ModelFile {
  readonly name: string;
  readonly type: 'file' | 'directory';
  /** Bytes of its layer. */
  readonly size: number;
}

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_ARCHIVE_BYTES = 16 * 1024 * 1024;
/** Where the tools write which file a layer is: ModelPack, what came before it, and anything that follows the image specification. */
const PATH_ANNOTATIONS = ['org.cncf.model.filepath', 'org.cnai.model.filepath', 'org.opencontainers.image.title'];
const FILE_FORMS = {
  readme: /^readme(?:\.(?:md|markdown|txt))?$/i,
  license: /^licen[cs]e(?:\.(?:md|txt))?$/i,
} as const;
const OLLAMA_LICENSE = 'application/vnd.ollama.image.license';

/** What the layers of a model are, from the manifest alone. */
export function listModelFiles({ layers }: ParsedManifest): readonly ModelFile[] {
  return layers.map((layer) => ({
    name: pathOf(layer) ?? nameOf(layer.mediaType),
    type: pathOf(layer)?.endsWith('/') ? 'directory' : 'file',
    size: layer.size,
  }));
}

/** The text of a file beside a model: a layer of its own, or one in an archive of documents. */
export async function findModelFile(
  { manifest, source }: { readonly manifest: ParsedManifest; readonly source: AdditionSource },
  file: keyof typeof FILE_FORMS,
): Promise<Buffer | undefined> {
  const form = FILE_FORMS[file];
  for (const layer of manifest.layers.filter((each) => mayHave(each, file))) {
    const isArchive = /[.+]tar(?:[.+]gzip)?$/.test(layer.mediaType);
    if (!isArchive) {
      const bytes = await source.readSmallBlob(layer.digest, MAX_FILE_BYTES);
      if (bytes !== undefined) return bytes;
      continue;
    }
    const pieces = await source.openBlob(layer.digest, MAX_ARCHIVE_BYTES);
    if (pieces === undefined) continue;
    const wants = (path: string) => (form.test(path.split('/').at(-1) ?? '') ? file : undefined);
    const found = await readTarFiles(pieces, { wants, count: 1, maxFileBytes: MAX_FILE_BYTES });
    const bytes = found.get(file);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

/** Layers of weights are large, and have no documents in them. */
function mayHave(layer: Descriptor, file: keyof typeof FILE_FORMS): boolean {
  if (layer.mediaType === OLLAMA_LICENSE) return file === 'license';
  const path = pathOf(layer);
  if (path !== undefined && FILE_FORMS[file].test(path.split('/').at(-1) ?? '')) return true;
  return /\.docs?\.(?:v\d+\.)?tar/.test(layer.mediaType);
}

function pathOf({ annotations = {} }: Descriptor): string | undefined {
  return PATH_ANNOTATIONS.map((name) => annotations[name]).find((path) => path !== undefined && path !== '');
}

/** `application/vnd.ollama.image.params`: params */
function nameOf(mediaType: string): string {
  return mediaType.split(/[./]/).at(-1) ?? mediaType;
}
