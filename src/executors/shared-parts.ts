/**
 * What all views of one executor share: its codec, its byte pool, and what stands between them.
 *
 * Rules: submits nothing; knows nothing of processes and threads: it is handed a launcher.
 */

import { type Clock, wallClock } from '../base/clock.js';
import type { TaskId } from '../core/events.js';
import type { Launcher } from '../core/ports.js';
import { type Codec, createCodec } from '../serialization/codec.js';
import type { FunctionPort } from '../serialization/function-record.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import { type MemoryPort, releaseMessage } from '../serialization/memory-port.js';
import { ReducerTable } from '../serialization/reducers.js';
import type { WorkerEntry } from '../supervision/worker-entry.js';
import type { NamedStore } from '../worker/carried-context.js';
import { AbortRelay } from './abort-relay.js';
import { BytePool } from './byte-pool.js';
import type { CallHome } from './call-parts.js';
import type { Executor } from './executor.js';
import { findHere, type HandlePath, type Travelled } from './executor-handle.js';
import { FunctionUnits } from './function-units.js';
import type { MakePool } from './inline-pool.js';
import type { PoolSettings } from './options.js';
import type { ExecutorLabel } from './task-events.js';
import type { TaskPool } from './task-pool.js';
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
  /** Told of each call of `shutdown`, of a view's too. */
  readonly onShutdown?: (() => void) | undefined;
  /** Puts something in the place of the pool: it is handed the launcher, and how pools are made. */
  readonly arrange?: ((launcher: Launcher, makePool: MakePool) => TaskPool & Named) | undefined;
  /** Makes the launcher. Its workers get what `codec` packs. */
  createLauncher(parts: {
    readonly codec: Codec;
    readonly port: FunctionPort;
    readonly entry: WorkerEntry | undefined;
  }): Launcher;
}

/** What all views of one executor share. */
export interface Shared extends CallHome, Travelled {
  readonly kind: string;
  /** How events name it. */
  readonly executor: ExecutorLabel;
  readonly attachments: PoolExecutorParts['attachments'];
  readonly pool: TaskPool;
  readonly units: FunctionUnits;
  /** The stores of the submitter's async context that tasks are given, if any are. */
  readonly context: (() => readonly NamedStore[]) | undefined;
  readonly relay: AbortRelay;
  /** See `PoolExecutorParts`. */
  readonly onShutdown?: (() => void) | undefined;
  /** Takes what is submitted once this one takes no more. */
  successor: Shared | undefined;
  /** The same, when it was made by another copy of this package, which is known by its public members only. */
  heir: Executor | undefined;
  /** The pool that takes tasks now. */
  currentPool(): TaskPool;
}

/** A pool that can say what its tasks are called. */
interface Named {
  nameOf(task: TaskId): string;
}

const RESULT = { direction: 'result', root: 'result' } as const;

let lastExecutor = 0;

/** Makes what the views of a new executor share. */
export function createShared(parts: PoolExecutorParts): Shared {
  const { kind, settings, attachments, memory, createLauncher, arrange, onShutdown, clock = wallClock } = parts;
  const port = createFunctionPort();
  const reducers = new ReducerTable(port, settings.reducers);
  const codec = createCodec({ functions: port, classes: 'known', attachments, reducers, memory });
  const instrument = settings.instrument?.attach({ kind, nameOf: (task) => pool.nameOf(task) });
  const inner = createLauncher({ codec, port, entry: instrument?.entry });
  const executor = labelExecutor(kind, settings.name);
  const makePool: MakePool = (launcher, numbers) =>
    new BytePool({
      settings,
      launcher: traceLauncher(executor, instrument?.wrap(launcher) ?? launcher),
      clock,
      numbers,
      flatten: async (answer) => {
        const value = await codec.decode(answer, RESULT);
        releaseMessage(answer);
        return createCodec({ functions: port, classes: 'known', reducers }).encode(value, RESULT).slice();
      },
      find: (path: HandlePath) => (findHere(path) as Shared | undefined)?.currentPool(),
    });
  const pool: TaskPool & Named = arrange === undefined ? makePool(inner) : arrange(inner, makePool);
  return createHome({
    kind,
    executor,
    attachments,
    codec,
    context: settings.context.length === 0 ? undefined : () => settings.context,
    pool,
    clock,
    onShutdown,
    loadTimeoutMs: settings.startupTimeoutMs,
    origin: [],
    label: settings.name === undefined ? `the ${kind}` : `the ${kind} '${settings.name}'`,
  });
}

/** How events name a new executor. */
export function labelExecutor(kind: string, name: string | undefined): ExecutorLabel {
  lastExecutor += 1;
  return { id: lastExecutor, kind, name };
}

/** What differs between an executor's own pool and one that is elsewhere. */
export type HomeParts = Omit<
  Shared,
  'units' | 'relay' | 'successor' | 'heir' | 'currentPool' | 'isOver' | 'cancel' | 'abort' | 'forget'
>;

/** Puts together what calls need of their executor. */
export function createHome(parts: HomeParts): Shared {
  const { pool, codec } = parts;
  const relay = new AbortRelay();
  const shared: Shared = {
    ...parts,
    units: new FunctionUnits(codec),
    relay,
    successor: undefined,
    heir: undefined,
    currentPool: () => currentOf(shared).pool,
    isOver: () => pool.state === 'closed' || pool.state === 'broken',
    cancel: (call) => pool.cancel(call.id),
    abort: (call) => pool.abort(call.id),
    forget: (call) => {
      if (call.signal !== undefined) relay.forget(call.signal, call);
    },
  };
  return shared;
}

/** The executor itself, or the one that took its place. */
export function currentOf(shared: Shared): Shared {
  let current = shared;
  while (current.successor !== undefined && current.pool.state !== 'open') current = current.successor;
  return current;
}

/** Under this name an executor hears who takes what is submitted to it once it is being shut down; also from another copy. */
export const SUPERSEDE = Symbol.for('tardigrade.supersede');

/** Who takes what is submitted here, if that is the executor of another copy; of the one that `currentOf` finds. */
export function heirOf({ heir, pool }: Shared): Executor | undefined {
  return heir !== undefined && pool.state !== 'open' ? heir : undefined;
}
