import type { Descriptor, ParsedManifest } from '@roadstead/oci';
import { ProductError } from '../../../kernel/errors.ts';
import { MAX_CONFIG_BYTES, parseConfig } from '../config-attributes.ts';
import { type Addition, type AdditionContent, type AdditionSource, jsonContent, textContent } from './addition.ts';
import { findModelFile, listModelFiles } from './model-files.ts';
import { readTarFiles } from './read-tar-files.ts';

export interface AdditionInput {
  readonly addition: Addition;
  readonly manifest: ParsedManifest;
  readonly source: AdditionSource;
  /** The layer of the newest SBOM that belongs to the artifact, if it is none itself. */
  readonly sbom: Descriptor | undefined;
}

/** Of an archive that is looked into. */
const MAX_LAYER_BYTES = 64 * 1024 * 1024;
/** Of a file that is shown. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_SBOM_BYTES = 32 * 1024 * 1024;
const CHART_LAYERS = ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip'];

/** @throws ProductError NOT_FOUND when the artifact does not have it, or it cannot be read */
export async function readAddition(input: AdditionInput): Promise<AdditionContent> {
  const content = await READERS[input.addition](input);
  if (content !== undefined) return content;
  throw new ProductError('NOT_FOUND', `the artifact has no ${input.addition}, or one that cannot be shown`);
}

type Read = (input: AdditionInput) => Promise<AdditionContent | undefined>;

const READERS: Readonly<Record<Addition, Read>> = {
  build_history: async (input) => {
    const config = await readConfig(input);
    return config === undefined ? undefined : jsonContent(Array.isArray(config['history']) ? config['history'] : []);
  },
  dependencies: async (input) => {
    const config = await readConfig(input);
    return config === undefined ? undefined : jsonContent(dependenciesOf(config['dependencies']));
  },
  'values.yaml': async (input) => {
    const bytes = await readChartFile(input, 'values.yaml');
    return bytes === undefined ? undefined : textContent(bytes, 'text/plain');
  },
  'readme.md': async (input) => {
    const bytes = isChart(input) ? await readChartFile(input, 'readme.md') : await findModelFile(input, 'readme');
    return bytes === undefined ? undefined : textContent(bytes, 'text/markdown');
  },
  license: async (input) => {
    const bytes = await findModelFile(input, 'license');
    return bytes === undefined ? undefined : textContent(bytes, 'text/plain');
  },
  files: async ({ manifest }) => jsonContent(listModelFiles(manifest)),
  sbom: async ({ source, sbom }) => {
    const bytes = sbom === undefined ? undefined : await source.readSmallBlob(sbom.digest, MAX_SBOM_BYTES);
    return bytes === undefined ? undefined : textContent(bytes, 'application/json');
  },
};

async function readConfig({ manifest, source }: AdditionInput) {
  const bytes =
    manifest.config === undefined ? undefined : await source.readSmallBlob(manifest.config.digest, MAX_CONFIG_BYTES);
  return bytes === undefined ? undefined : parseConfig(bytes);
}

function dependenciesOf(value: unknown) {
  const text = (each: unknown) => (typeof each === 'string' ? each : '');
  return (Array.isArray(value) ? value : [])
    .filter((each): each is Readonly<Record<string, unknown>> => typeof each === 'object' && each !== null)
    .map(({ name, version, repository }) => ({
      name: text(name),
      version: text(version),
      repository: text(repository),
    }));
}

function chartLayer({ layers }: ParsedManifest): Descriptor | undefined {
  return layers.find(({ mediaType }) => CHART_LAYERS.includes(mediaType));
}

function isChart({ manifest }: AdditionInput): boolean {
  return chartLayer(manifest) !== undefined;
}

/** A file of the chart itself, which lies in one folder; charts that it depends on have their own below that. */
async function readChartFile({ manifest, source }: AdditionInput, file: string): Promise<Buffer | undefined> {
  const layer = chartLayer(manifest);
  const pieces = layer === undefined ? undefined : await source.openBlob(layer.digest, MAX_LAYER_BYTES);
  if (pieces === undefined) return undefined;
  const wants = (path: string) => {
    const [folder, name, ...deeper] = path.replace(/^\.\//, '').split('/');
    return folder !== '' && deeper.length === 0 && name?.toLowerCase() === file ? file : undefined;
  };
  return (await readTarFiles(pieces, { wants, count: 1, maxFileBytes: MAX_FILE_BYTES })).get(file);
}
