/**
 * How frames that a worker has not written to its link yet lie in memory that its host can read.
 *
 *   [begun, told, length] frames [seal] … [recalled]
 *
 * Rules: pure; knows neither file nor shared memory, nor what is in a frame.
 * Guarantees: what was being written when somebody looked is not taken for whole: the seal is written last.
 */

const WORD = 4;

/** Room in front of the frames, in the memory from which they are kept. */
export const CLAIM_HEAD_BYTES = 3 * WORD;
/** What both sides share: one page, which a killed writer cannot leave half written. */
export const PAGE_BYTES = 4096;
/** Where the host's own word stands: last, so that a page that was cut off is noticed. */
export const RECALLED_AT = PAGE_BYTES - WORD;
/** As many bytes of frames can be kept at a time. */
export const KEPT_BYTES_MAX = RECALLED_AT - CLAIM_HEAD_BYTES - WORD;

/** Frames that are safe, and may not have come by the link. */
export interface KeptFrames {
  /** How many frames had left by the link before these. */
  readonly told: number;
  readonly bytes: Buffer;
}

/** What stands behind frames that are whole. */
export function sealOf(told: number, length: number): number {
  return (Math.imul(told ^ 0x6b65_7074, 0x9e37_79b1) ^ length) >>> 0;
}

/** Reads the memory, from `begun` on; `undefined` when nothing is kept in it, or nothing whole. */
export function keptFramesOf(memory: Buffer): KeptFrames | undefined {
  if (memory.length < CLAIM_HEAD_BYTES) return undefined;
  const told = memory.readUInt32LE(WORD);
  const length = memory.readUInt32LE(2 * WORD);
  const end = CLAIM_HEAD_BYTES + length;
  if (length === 0 || end + WORD > memory.length) return undefined;
  if (memory.readUInt32LE(end) !== sealOf(told, length)) return undefined;
  return { told, bytes: memory.subarray(CLAIM_HEAD_BYTES, end) };
}
