/**
 * What all views of one executor share: its codec, its byte pool, and what stands between them.
 *
 * Rules: submits nothing; knows nothing of processes and threads: it is handed a launcher.
 */

import { type Clock, wallClock } from '../base/clock.js';
import type { Launcher } from '../core/ports.js';
import { type Codec, createCodec } from '../serialization/codec.js';
import type { FunctionPort } from '../serialization/function-record.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import type { MemoryPort } from '../serialization/memory-port.js';
import { ReducerTable } from '../serialization/reducers.js';
import type { WorkerEntry } from '../supervision/worker-entry.js';
import { AbortRelay } from './abort-relay.js';
import { BytePool } from './byte-pool.js';
import type { CallHome } from './call.js';
import { FunctionUnits } from './function-units.js';
import type { PoolSettings } from './options.js';
import type { ExecutorLabel } from './task-events.js';
import { traceLauncher } from './worker-events.js';

/** What an executor is made of. */
export interface PoolExecutorParts {
  /** The kind of executor, for errors. */
  readonly kind: string;
  readonly settings: PoolSettings;
  /** Whether its links carry shared memory and what is transferred. */
  readonly attachments: 'carry' | 'refuse';
  /** Default: the machine's own. */
  readonly clock?: Clock;
  /** How large and shared memory travels beside the bytes of its links. */
  readonly memory?: MemoryPort | undefined;
  /** Makes the launcher. Its workers get what `codec` packs. */
  createLauncher(parts: {
    readonly codec: Codec;
    readonly port: FunctionPort;
    readonly entry: WorkerEntry | undefined;
  }): Launcher;
}

/** What all views of one executor share. */
export interface Shared extends CallHome {
  readonly kind: string;
  /** How events name it. */
  readonly executor: ExecutorLabel;
  readonly attachments: PoolExecutorParts['attachments'];
  readonly pool: BytePool;
  readonly units: FunctionUnits;
  readonly relay: AbortRelay;
  /** Takes what is submitted once this one takes no more. */
  successor: Shared | undefined;
}

let lastExecutor = 0;

/** Makes what the views of a new executor share. */
export function createShared(parts: PoolExecutorParts): Shared {
  const { kind, settings, attachments, memory, createLauncher, clock = wallClock } = parts;
  const port = createFunctionPort();
  const reducers = new ReducerTable(port, settings.reducers);
  const codec = createCodec({ functions: port, classes: 'known', attachments, reducers, memory });
  const units = new FunctionUnits(codec);
  const relay = new AbortRelay();
  const instrument = settings.instrument?.attach({ kind, nameOf: (task) => pool.nameOf(task) });
  const inner = createLauncher({ codec, port, entry: instrument?.entry });
  lastExecutor += 1;
  const executor: ExecutorLabel = { id: lastExecutor, kind, name: settings.name };
  const pool: BytePool = new BytePool({
    settings,
    launcher: traceLauncher(executor, instrument?.wrap(inner) ?? inner),
    clock,
  });
  return {
    kind,
    executor,
    attachments,
    codec,
    units,
    relay,
    pool,
    clock,
    loadTimeoutMs: settings.startupTimeoutMs,
    successor: undefined,
    label: settings.name === undefined ? `the ${kind}` : `the ${kind} '${settings.name}'`,
    cancel: (call) => pool.cancel(call.id),
    abort: (call) => pool.abort(call.id),
    forget: (call) => {
      if (call.signal !== undefined) relay.forget(call.signal, call);
    },
  };
}

/** The executor itself, or the one that took its place. */
export function currentOf(shared: Shared): Shared {
  let current = shared;
  while (current.successor !== undefined && current.pool.state !== 'open') current = current.successor;
  return current;
}
