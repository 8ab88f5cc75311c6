/** Somebody outside who keeps the log's checkpoints, as it is shown: without what is secret. */
export interface Witness {
  readonly name: string;
  readonly kind: WitnessKind;
  readonly settings: WitnessSettings;
  /** The size of the last checkpoint that it has taken. */
  readonly deliveredSize: number;
  readonly deliveredAt: number | undefined;
  /** Since the last delivery. */
  readonly failures: number;
  readonly retryAt: number | undefined;
  readonly error: string | undefined;
}

export type WitnessKind = 'file' | 'webhook' | 's3';

/** What is no secret of it. */
export type WitnessSettings = Readonly<Record<string, string>>;

/** One that a user has set. */
export type NewWitness = NewWebhookWitness | NewS3Witness;

export interface NewWebhookWitness {
  readonly kind: 'webhook';
  /** A secret as a whole: such addresses often have a token in them. */
  readonly url: string;
  /** The header of this name. */
  readonly authorization?: string | undefined;
}

export interface NewS3Witness {
  readonly kind: 's3';
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The operator's own, which no user can change. */
export const FILE_WITNESS = 'file';

/** What is delivered. */
export interface DeliveredCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly note: string;
}

/** It has not been delivered: in words that anybody may read. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
}

/** Where the secret part is sealed. */
export function placeOfWitness(name: string): string {
  return `audit_witnesses|${name}|secret`;
}
