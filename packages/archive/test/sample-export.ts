import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  auditOrigin,
  ERASED_KIND,
  formatCheckpoint,
  formatPayload,
  formatVerifierKey,
  hashAuditLeaf,
  hashPayload,
  MerkleFrontier,
  parseVerifierKey,
  signNote,
  type VerifierKey,
} from '../src/index.ts';

export interface SampleKey {
  readonly key: VerifierKey;
  readonly privateKey: KeyObject;
}

export function createKey(instance = 'main'): SampleKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return { key: parseVerifierKey(formatVerifierKey(auditOrigin(instance), raw)), privateKey };
}

export interface SampleEntry {
  readonly payload: string;
  readonly salt: Buffer;
  readonly id: number;
  readonly at: number;
}

export interface Sample {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

/** An entry as the journal has it. */
export function sampleEntry(id: number, kind = 'tag.moved', detail = '{}'): SampleEntry {
  const at = 1_700_000_000_000 + id;
  const salt = Buffer.alloc(16, id + 1);
  return { id, at, salt, payload: formatPayload({ id, at, kind, actor: 'user:7', detail }) };
}

export function erasure(id: number, ids: readonly string[]): SampleEntry {
  return sampleEntry(id, ERASED_KIND, JSON.stringify({ ids }));
}

/** An export of these entries with a checkpoint behind every `every`-th and the last one. */
export function makeExport(
  entries: readonly SampleEntry[],
  { key, privateKey }: SampleKey,
  { every = 5, erased = [] }: { readonly every?: number; readonly erased?: readonly number[] } = {},
): Sample {
  const origin = auditOrigin('main');
  const write = (line: unknown) => JSON.stringify(line);
  const header = { type: 'header', format: 'roadstead-audit', version: 1, origin, exportedAt: '2026-01-01T00:00:00Z' };
  const lines = [write(header), write({ type: 'key', key: key.text })];
  const notes: string[] = [];
  const frontier = new MerkleFrontier();
  for (const [position, { id, at, salt, payload }] of entries.entries()) {
    const payloadHash = hashPayload(salt, payload);
    const leaf = { position, id, at, hash: payloadHash.toString('hex') };
    frontier.append(hashAuditLeaf({ id, at, payloadHash }));
    const isErased = erased.includes(id);
    lines.push(
      write(isErased ? { type: 'stump', ...leaf } : { type: 'entry', ...leaf, salt: salt.toString('hex'), payload }),
    );
    if (frontier.size % every !== 0 && frontier.size !== entries.length) continue;
    const note = signNote(formatCheckpoint({ origin, size: frontier.size, root: frontier.root() }), key, privateKey);
    notes.push(note);
    lines.push(write({ type: 'checkpoint', note, peaks: frontier.peaks.map((peak) => peak.toString('hex')) }));
  }
  lines.push(write({ type: 'end', size: entries.length }));
  return { lines, notes };
}
