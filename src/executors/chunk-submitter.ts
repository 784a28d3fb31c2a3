/**
 * Submits the chunks of a `map` as tasks and reads their answers.
 *
 * Rules: submits through the function it is given.
 * Guarantees: an item that cannot travel fails alone: those before it in its chunk are submitted without it, and its path is
 * the one that it would have alone.
 */

import type { TaskPayload } from '../core/ports.js';
import type { Future } from '../futures/future.js';
import type { Codec } from '../serialization/codec.js';
import { decodeThrown } from '../serialization/remote-error.js';
import type { SubmitSite } from '../serialization/submit-site.js';
import type { WrittenChunk } from '../worker/answer.js';
import type { ChunkResults, SubmitChunk, SubmittedChunk } from './map.js';

/** How a chunk is submitted. */
export interface ChunkTerms {
  readonly shape: TaskPayload['shape'];
  readonly signal: AbortSignal;
  /** Hears how long the chunk took in its worker. */
  onDuration(durationUs: number): void;
}

/** What a submitter is made of. */
export interface ChunkSubmitterOptions {
  /** Submits one task; fails at once, through the future, when its arguments cannot travel. */
  submit(args: readonly unknown[], how: ChunkTerms): Future<unknown>;
  readonly codec: Codec;
  readonly site: SubmitSite;
}

/** Makes what a `MapRun` submits through. */
export function createChunkSubmitter({ submit, codec, site }: ChunkSubmitterOptions): SubmitChunk {
  const readChunk = ({ values: written, failure }: WrittenChunk): ChunkResults | Promise<ChunkResults> => {
    const values = written as unknown[];
    return failure === undefined ? { values } : readFailure(values, decodeThrown(codec, failure, site));
  };
  return (items, firstIndex, { signal, onDuration }) => {
    const single = (item: unknown, offset: number): SubmittedChunk => ({
      future: submit([item, firstIndex + offset], { shape: 'call', signal, onDuration }),
      read: (value) => ({ values: [value] }),
    });
    if (items.length === 1) return [single(items[0], 0)];
    const future = submit([items, firstIndex], { shape: 'chunk', signal, onDuration });
    if (future.state !== 'rejected') return [{ future, read: (value) => readChunk(value as WrittenChunk) }];
    // It could not be submitted as a whole: find out which item it is.
    future.catch(() => {});
    const chunks: SubmittedChunk[] = [];
    for (const [offset, item] of items.entries()) {
      const chunk = single(item, offset);
      chunks.push(chunk);
      if (chunk.future.state === 'rejected') break;
    }
    return chunks;
  };
}

async function readFailure(values: unknown[], thrown: unknown): Promise<ChunkResults> {
  return { values, failure: { thrown: await thrown } };
}
