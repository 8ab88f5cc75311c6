/** Tables of the verifiable audit log. */
export interface AuditSchema {
  audit_segments: AuditSegmentRow;
  audit_tiles: AuditTileRow;
  audit_checkpoints: AuditCheckpointRow;
  audit_keys: AuditKeyRow;
  audit_witnesses: AuditWitnessRow;
  audit_state: AuditStateRow;
}

/** 256 entries of the log, or fewer at its end: what is kept of each for ever. */
export interface AuditSegmentRow {
  /** Of its first entry's position, divided by 256. */
  number: number;
  /** Of the journal's ids in it. */
  min_id: number;
  max_id: number;
  /** Bytes of `entries`. */
  size: number;
  /** 64 bytes each: id, instant, salt (zeros when it is erased), payload hash. */
  entries: Buffer;
}

/** Roots of complete subtrees, 32 bytes each: of 256 leaves on level 1, of 65,536 on level 2 … */
export interface AuditTileRow {
  level: number;
  /** Of its first subtree's index, divided by 256. */
  number: number;
  hashes: Buffer;
}

export interface AuditCheckpointRow {
  size: number;
  at: number;
  key_id: string;
  /** As it was signed (C2SP tlog-checkpoint). */
  note: string;
  /** Roots of the complete subtrees that the entries fall into, 32 bytes each, largest first. */
  peaks: Buffer;
}

export interface AuditKeyRow {
  id: string;
  /** `NAME+HASH+KEY` */
  public_key: string;
  /** PKCS #8, sealed. */
  private_key: Buffer;
  created_at: number;
  /** From then on it signs nothing new. */
  retired_at: number | null;
}

/** Somebody outside who keeps the checkpoints. */
export interface AuditWitnessRow {
  name: string;
  /** `file`, `webhook` or `s3`. */
  kind: string;
  /** JSON, without what is secret. */
  settings: string;
  /** Sealed; null when there is none. */
  secret: Buffer | null;
  created_at: number;
  delivered_size: number;
  delivered_at: number | null;
  /** Since the last delivery. */
  failures: number;
  /** It is tried again then. */
  retry_at: number | null;
  error: string | null;
}

/** One row, once there is something in the log: how far the sequencer is. */
export interface AuditStateRow {
  id: number;
  /** Raised by each write of the log: who read before it has to read again. */
  revision: number;
  /** Every row of the journal up to this id is in the log, or never comes. */
  settled_id: number;
  /** The same will hold up to this id when those who wrote to the journal then have ended. */
  fence_id: number | null;
  /** JSON: those who did. */
  fence_writers: string | null;
}
