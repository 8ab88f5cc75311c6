import type { SeededRandom } from '../../support/seeded-random.ts';
import { errorCodeOf } from '../answer-checks.ts';
import { statusOf } from '../case-runner.ts';
import type { CaseRun, ExplainChanges, FaultCase, FaultClass, Target } from '../fault-class.ts';
import { createBaseManifests } from '../manifests/base-manifests.ts';
import { createBombMutants } from '../manifests/bomb-mutations.ts';
import { createByteMutants } from '../manifests/byte-mutations.ts';
import { createEncodedMutants, createFrameMutants, createTypeMutants } from '../manifests/document-mutations.ts';
import {
  type HeldContent,
  type JudgedManifest,
  judgeManifest,
  type ManifestVerdict,
} from '../manifests/manifest-oracle.ts';
import type { Mutant } from '../manifests/mutant.ts';
import { createNumberMutants, createValueMutants } from '../manifests/value-mutations.ts';
import { showBytes } from '../raw-request.ts';
import { digestOf } from '../seeded-content.ts';
import { compareSnapshots } from '../state-snapshot.ts';
import { endlessManifestCase } from './endless-manifest.ts';

const BYTE_MUTANTS = 1_500;
const VALUE_MUTANTS = 1_200;

const STATUS: Readonly<Record<ManifestVerdict, number>> = {
  valid: 201,
  invalid: 400,
  'too large': 413,
  'content missing': 404,
};

/** Valid manifests, damaged: what is accepted must be valid by an oracle of its own, and readable byte for byte. */
export function createMutatedManifests(target: Target, random: SeededRandom): FaultClass {
  const { content } = target;
  const bases = createBaseManifests(content);
  const mutants = [
    ...bases.map(({ name, document, contentType }) => ({
      name,
      bytes: Buffer.from(JSON.stringify(document)),
      contentType,
    })),
    ...createByteMutants(bases, random, BYTE_MUTANTS),
    ...createValueMutants(bases, random, VALUE_MUTANTS),
    ...createNumberMutants(bases),
    ...createTypeMutants(bases),
    ...createFrameMutants(bases),
    ...createEncodedMutants(bases),
    ...createBombMutants(bases),
  ];
  const held: HeldContent = {
    blobs: new Set(
      [content.blob, content.config, content.wideBlob, ...content.markupBlobs].map(({ digest }) => digest),
    ),
    manifests: new Set([content.image.digest]),
  };
  const accepted = { count: 0 };
  return {
    name: 'manifests',
    unit: 'mutants',
    corpusSize: mutants.length,
    minCorpusSize: 3_000,
    // One after another: the same bytes may come again under another type.
    concurrency: 1,
    cases: [...mutants.map((mutant, index) => mutantCase(mutant, index, held, accepted)), endlessManifestCase()],
    explainChanges: explainJournal(accepted),
  };
}

function mutantCase(mutant: Mutant, index: number, held: HeldContent, accepted: { count: number }): FaultCase {
  return {
    name: `${mutant.name} ${showBytes(mutant.bytes.toString('latin1', 0, 4_000))}`,
    run: async (run) => {
      const { content } = run.target;
      // Every other one by a tag, which must not be there after a refusal.
      const tag = `mutant-${index}`;
      const path = `/v2/${content.scratchRepository}/manifests`;
      const digest = digestOf(mutant.bytes);
      const judged = judgeManifest(mutant.bytes, mutant.contentType, held);
      const isAccepted = await push(run, mutant, `${path}/${index % 2 === 0 ? tag : digest}`, judged);
      if (!isAccepted) return;
      if (digest !== content.image.digest) accepted.count += 1;
      await expectSameBytes(run, `${path}/${index % 2 === 0 ? tag : digest}`, mutant);
      const removed = await run.ask({ method: 'DELETE', target: `${path}/${digest}` });
      if (statusOf(removed) !== 202) run.complain(`it cannot be deleted: ${statusOf(removed)}`);
    },
  };
}

/** @returns whether it was accepted */
async function push(
  run: CaseRun,
  mutant: Mutant,
  target: string,
  { verdict, reason }: JudgedManifest,
): Promise<boolean> {
  const { bytes, contentType, headers = [], isChunked = false } = mutant;
  const answer = await run.ask({
    method: 'PUT',
    target,
    headers: [
      ...(contentType === undefined ? [] : [['Content-Type', contentType] as const]),
      ...headers,
      ...(isChunked ? [['Transfer-Encoding', 'chunked'] as const] : []),
    ],
    body: isChunked ? inChunks(bytes) : bytes,
  });
  const status = statusOf(answer);
  if (status !== STATUS[verdict]) run.complain(`${status} to what is ${verdict}${reason === '' ? '' : ` (${reason})`}`);
  else if (verdict === 'content missing' && typeof answer !== 'string') {
    const code = errorCodeOf(answer);
    if (code !== 'MANIFEST_BLOB_UNKNOWN') run.complain(`the code is ${code} rather than MANIFEST_BLOB_UNKNOWN`);
  }
  return status === 201;
}

async function expectSameBytes(run: CaseRun, target: string, { bytes }: Mutant): Promise<void> {
  const answer = await run.ask({ method: 'GET', target });
  if (typeof answer === 'string' || answer.status !== 200)
    return run.complain(`accepted, and not readable: ${statusOf(answer)}`);
  if (!answer.body.equals(bytes)) run.complain('accepted, and read back as other bytes');
  const digest = answer.headers.get('docker-content-digest');
  if (digest !== digestOf(bytes)) run.complain(`accepted, and read back under ${digest}`);
}

const CHUNK_BYTES = 65_536;

function inChunks(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const piece = bytes.subarray(start, start + CHUNK_BYTES);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

/** The journal grows by exactly what was accepted and deleted again; nothing else may differ. */
function explainJournal(accepted: { readonly count: number }): ExplainChanges {
  const kinds = ['manifest.pushed', 'manifest.deleted'].map((kind) => `journal entries ${kind}`);
  return (before, after) => {
    const explained = new Set([
      'table journal',
      'table tag_history',
      ...['moved', 'deleted'].map((kind) => `journal entries tag.${kind}`),
    ]);
    const unexplained = compareSnapshots(before, after).filter((change) => {
      const key = change.slice(0, change.indexOf(':'));
      return !explained.has(key) && !kinds.includes(key);
    });
    const isSeen = [...after.keys()].some((key) => key.startsWith('journal entries '));
    const wrong = (isSeen ? kinds : []).flatMap((key) => {
      const grown = Number(after.get(key) ?? 0) - Number(before.get(key) ?? 0);
      return grown === accepted.count ? [] : [`${key} grew by ${grown}, and ${accepted.count} manifests were accepted`];
    });
    return [...unexplained, ...wrong];
  };
}
