/**
 * The greeting of a pool's workers: what each of them is told before its first task.
 *
 * Rules: knows nothing of processes and threads.
 */

import { attachmentsOf } from '../serialization/attachments.js';
import type { Codec } from '../serialization/codec.js';
import type { FunctionPort } from '../serialization/function-record.js';
import { createReducerShipping } from '../serialization/reducer-shipping.js';
import { type Hello, PROTOCOL_VERSION } from '../transport/wire.js';
import type { PoolSettings } from './options.js';

/** What a greeting is made of. */
export interface HelloParts {
  readonly settings: PoolSettings;
  readonly depth: number;
  readonly codec: Codec;
  readonly port: FunctionPort;
}

/** Packed once, at the call of the constructor, so that what cannot travel is told there. */
export function makeHello({ settings, depth, codec, port }: HelloParts) {
  const { initializer, initializerArgs, maxMemoryGrowthBytes, reducers } = settings;
  const shipReducers = createReducerShipping({ codec, port, reducers });
  const where = { direction: 'argument', root: 'initializerArgs', lasting: true } as const;
  const packed =
    initializer === undefined
      ? undefined
      : {
          unit: codec.encode(initializer, { direction: 'argument', root: 'initializer', lasting: true }),
          args: codec.encode(initializerArgs, where),
        };
  const hello: Omit<Hello, 'workerId'> = {
    protocol: PROTOCOL_VERSION,
    depth,
    sourceMaps: process.sourceMapsEnabled === true,
    output: settings.stdio === 'pipe' ? 'said' : undefined,
    maxMemoryGrowthBytes,
    initializer: packed === undefined ? null : { unit: toBase64(packed.unit), args: toBase64(packed.args) },
    // Read for each worker: more may have been registered.
    get reducers() {
      return shipReducers();
    },
  };
  return { hello, packedInitializer: packed, initializerItems: packed && attachmentsOf(packed.args) };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
