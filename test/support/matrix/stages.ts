/**
 * How a cell of the fault matrix is played: the pool that it needs, and the task that meets the fault.
 *
 * Rules: knows nothing of what a cell costs. Test files and the programs of `test/faults` play the same stages.
 */

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Future, importTasks, type PoolOptions, ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';
import {
  commit,
  commitAtExit,
  commitAtStart,
  commitWhenIdle,
  echo,
  giveTrapForReader,
  giveTrapForWriter,
  TrapForReader,
  trapForWriter,
} from '../faults.js';
import type { Cell } from './cells.js';

/** A pool of either kind. */
export type AnyPool = ProcessPoolExecutor | ThreadPoolExecutor;

const fixture = (name: string): URL => new URL(`../../../../test/fixtures/raw/faults/${name}.mjs`, import.meta.url);
const inWorker = importTasks<{ given(): void }>(fixture('never-loads-in-worker'));
const inHost = importTasks<{ give(): unknown }>(fixture('never-loads-in-host'));

/** How long a task may run that never ends by itself. */
const TIMEOUT_MS = 150;
/** How long a worker may take to start that never gets ready; the others must get ready in less. */
const HOPELESS_START_MS = 1000;
const DELAYED_START_MS = 10_000;

/** A name for a file that a fault makes. */
export interface Marker extends Disposable {
  readonly path: string;
}

let serial = 0;

/** A file that is not there yet, and is gone when the scope is left. */
export function createMarker(): Marker {
  serial += 1;
  const path = join(tmpdir(), `marker-${process.pid}-${serial}`);
  return { path, [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** What a cell is played with. */
export interface Stage {
  readonly cell: Cell;
  readonly marker: Pick<Marker, 'path'>;
  /** Whether what hangs is ended by a time limit, or by whoever watches this program. */
  readonly hangs: 'limited' | 'for ever';
}

function isLimited({ cell: { how }, hangs }: Stage): boolean {
  return hangs === 'limited' && (how === 'SIGSTOP' || how === 'endless loop' || how === 'never settles');
}

function startOptions(stage: Stage): PoolOptions {
  const { marker, cell } = stage;
  const { where, how } = cell;
  const initializer = commitAtStart as NonNullable<PoolOptions['initializer']>;
  if (where === 'start-up of every worker') {
    const maxRestarts = { count: 1, withinMs: 60_000 };
    const limit = isLimited(stage) ? { startupTimeoutMs: HOPELESS_START_MS } : {};
    return { initializer, initializerArgs: [how, undefined], maxRestarts, ...limit };
  }
  if (where === 'start-up of one worker') {
    const limit = isLimited(stage) ? { startupTimeoutMs: DELAYED_START_MS } : {};
    return { initializer, initializerArgs: [how, marker.path], ...limit };
  }
  return {};
}

/** The pool that a cell needs. */
export function openPool(stage: Stage): AnyPool {
  const { cell } = stage;
  const options: PoolOptions = {
    maxWorkers: cell.size,
    stdio: 'ignore',
    ...(cell.how === 'heap exhaustion' ? { resourceLimits: { maxOldGenerationSizeMb: 32 } } : {}),
    ...(cell.where === 'leaving' ? { maxTasksPerWorker: 2 } : {}),
    ...startOptions(stage),
  };
  return cell.kind === 'processes' ? new ProcessPoolExecutor(options) : new ThreadPoolExecutor(options);
}

/** Submits the task that meets the fault. */
export function submitTrap(pool: AnyPool, stage: Stage): Future<unknown> {
  const { marker, cell } = stage;
  const { where, how } = cell;
  const timed = pool.withOptions({ timeoutMs: TIMEOUT_MS });
  const view = isLimited(stage) ? timed : pool;
  switch (where) {
    case 'start-up of every worker':
    case 'start-up of one worker':
      return pool.submit(echo, 'answered');
    case 'argument out':
      return pool.submit(echo, how === 'never settles' ? commit(how) : trapForWriter(how));
    case 'argument in':
      return how === 'never settles' ? timed.submit(echo, inWorker.given) : view.submit(echo, new TrapForReader(how));
    case 'run':
      return view.submit(commit, how);
    case 'result out':
      return (how === 'never settles' ? pool : view).submit(giveTrapForWriter, how);
    case 'result in':
      return how === 'never settles' ? timed.submit(inHost.give) : pool.submit(giveTrapForReader, how);
    case 'idle':
      return pool.submit(commitWhenIdle, how, marker.path);
    case 'leaving':
      return pool.submit(commitAtExit, how);
    default:
      return where satisfies never;
  }
}
