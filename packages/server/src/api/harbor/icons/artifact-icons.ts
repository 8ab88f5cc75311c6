import { createHash } from 'node:crypto';

/** A picture for a kind of artifact. */
export interface ArtifactIcon {
  readonly mediaType: 'image/svg+xml';
  readonly text: string;
}

const LINE = 'fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"';

/** Drawn in a field of 48 by 48, on a square of that colour. */
const DRAWINGS = {
  image: ['#1f6feb', `<path ${LINE} d="M24 11l14 7-14 7-14-7zM10 25l14 7 14-7M10 32l14 7 14-7"/>`],
  chart: [
    '#0f7b8a',
    `<circle ${LINE} cx="24" cy="24" r="8"/><path ${LINE} d="M24 8v8M24 32v8M8 24h8M32 24h8M13 13l5 5M30 30l5 5M35 13l-5 5M18 30l-5 5"/>`,
  ],
  bundle: ['#8250df', `<path ${LINE} d="M10 18l14-7 14 7v13l-14 7-14-7zM10 18l14 7 14-7M24 25v13"/>`],
  module: ['#b35900', `<path ${LINE} d="M11 11h10v10H11zM27 27h10v10H27zM11 27h10v10H11zM32 10v12M26 16h12"/>`],
  wasm: ['#654ff0', `<path ${LINE} d="M11 15l4 18 5-14 5 14 4-18M33 33v-12l5 12"/>`],
  model: [
    '#1a7f37',
    `<path ${LINE} d="M14 14l10 10 10-10M14 34l10-10 10 10"/><g fill="#fff"><circle cx="13" cy="13" r="4"/><circle cx="35" cy="13" r="4"/><circle cx="24" cy="24" r="4"/><circle cx="13" cy="35" r="4"/><circle cx="35" cy="35" r="4"/></g>`,
  ],
  list: ['#57606a', `<path ${LINE} d="M19 15h18M19 24h18M19 33h18M11 15h1M11 24h1M11 33h1"/>`],
  signature: [
    '#9a6700',
    `<circle ${LINE} cx="24" cy="19" r="9"/><path ${LINE} d="M20 19l3 3 5-6M18 27l-2 12 8-4 8 4-2-12"/>`,
  ],
  attestation: ['#0969da', `<path ${LINE} d="M14 9h14l7 7v23H14zM19 28l4 4 7-9"/>`],
  accelerator: ['#cf222e', `<path ${LINE} d="M27 8L13 27h10l-2 13 14-19H25z"/>`],
  other: ['#6e7781', `<path ${LINE} d="M24 9l13 7.500v15L24 39l-13-7.500v-15z"/>`],
} as const satisfies Readonly<Record<string, readonly [colour: string, drawing: string]>>;

const DRAWING_OF_TYPE: Readonly<Record<string, keyof typeof DRAWINGS>> = {
  IMAGE: 'image',
  CHART: 'chart',
  CNAB: 'bundle',
  WASM: 'wasm',
  CNAI: 'model',
  MODELKIT: 'model',
  SBOM: 'list',
  'OPENTOFU-MODULE': 'module',
  'OPENTOFU-PROVIDER': 'module',
};

const ICONS = new Map(
  Object.entries(DRAWINGS).map(([name, [colour, drawing]]) => {
    const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="9" fill="${colour}"/>${drawing}</svg>`;
    return [name, { text, digest: `sha256:${createHash('sha256').update(text).digest('hex')}` }] as const;
  }),
);

/** The digest under which there is a picture for artifacts of a type, or accessories of one (`signature.cosign`). */
export function iconOf(type: string): string {
  const [family = ''] = type.split('.');
  const name = DRAWING_OF_TYPE[type] ?? { sbom: 'list', subject: 'other' }[family] ?? family;
  return (ICONS.get(name) ?? ICONS.get('other'))?.digest ?? '';
}

export function findIcon(digest: string): ArtifactIcon | undefined {
  const icon = [...ICONS.values()].find((each) => each.digest === digest);
  return icon === undefined ? undefined : { mediaType: 'image/svg+xml', text: icon.text };
}
