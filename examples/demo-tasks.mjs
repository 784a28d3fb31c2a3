/**
 * The demo's task: compresses and hashes a part of a file. An ordinary exported function: it knows nothing of pools,
 * and the demo calls it in the host as well, for comparison.
 */

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { brotliCompressSync, constants } from 'node:zlib';
import { currentTask } from 'tardigrade/worker';

const QUALITY = 6;

/** Reads `length` bytes of `file` from `start`, and answers how small they become and the digest of what they become. */
export async function compressPart({ file, start, length }) {
  const bytes = Buffer.alloc(length);
  const handle = await open(file);
  try {
    await handle.read(bytes, 0, length, start);
  } finally {
    await handle.close();
  }
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
  return {
    bytesIn: bytes.length,
    bytesOut: packed.length,
    digest: createHash('sha256').update(packed).digest('hex'),
    // Outside a worker there is no task. In one, a second attempt means that the first was lost with its worker.
    attempt: currentTask()?.attempt ?? 1,
  };
}
