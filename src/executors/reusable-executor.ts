/**
 * One executor for the whole program, handled for its users: made when first asked for, resized, replaced when it broke or
 * when other options are wanted. From loky's `get_reusable_executor`.
 *
 * The registry hangs on the global object under a registered symbol, so that two copies of this package share it.
 *
 * Rules: knows executors by their public members; how workers live and leave is theirs.
 * Guarantees: synchronous. A task that is submitted to an executor which has been replaced meanwhile goes to its successor.
 */

import { isDeepStrictEqual } from 'node:util';
import { boolean, checkOptions, oneOf } from '../base/validate.js';
import { type Asked, isAskedAgain, noteAsked } from './asked-options.js';
import { isSameContext } from './context-option.js';
import { INSTRUMENT, instrumentOf } from './instrument.js';
import { ProcessPoolExecutor, ThreadPoolExecutor } from './local-executors.js';
import { checkPoolOptions, POOL_CHECKS, type PoolOptions, type PoolSettings } from './options.js';
import type { PoolExecutor } from './pool-executor.js';
import { SUPERSEDE } from './shared-parts.js';

/** Options of `getReusableExecutor`. */
export interface ReusableOptions extends PoolOptions {
  /** Which kind of pool; there is one of each. Default `'process'`. */
  readonly kind?: 'process' | 'thread' | undefined;
  /**
   * `'auto'` (default): the same options give the same executor, a different size resizes it, other differences replace
   * it. `true`: whatever exists is used, and only its size may change. `false`: always a new one, which replaces the old.
   */
  readonly reuse?: 'auto' | boolean | undefined;
  /** Whether an executor that is replaced is killed rather than left to finish what it has. Default `false`. */
  readonly killWorkers?: boolean | undefined;
  /** How long an idle worker stays, in milliseconds; `null` for ever. Default 10 000. */
  readonly idleTimeoutMs?: number | null | undefined;
  /** Executors of different names live side by side. */
  readonly name?: string | undefined;
}

type ReusableExecutor = ProcessPoolExecutor | ThreadPoolExecutor;

/** What was asked for, but for the size. */
type Terms = Omit<PoolSettings, 'maxWorkers'>;

interface Entry {
  readonly executor: ReusableExecutor;
  readonly terms: Terms;
  maxWorkers: number;
  /** Options that mean this executor in this size, the last first. */
  asked: readonly Asked[];
}

const DEFAULT_IDLE_TIMEOUT_MS = 10_000;
const REGISTRY = Symbol.for('tardigrade.reusable-executors');
const CHECKS = {
  ...POOL_CHECKS,
  kind: oneOf('process', 'thread'),
  reuse: oneOf('auto', true, false),
  killWorkers: boolean(),
};

function registry(): Map<string, Entry> {
  const host = globalThis as { [REGISTRY]?: Map<string, Entry> };
  host[REGISTRY] ??= new Map();
  return host[REGISTRY];
}

/** The program's thread pool. See the other form. */
export function getReusableExecutor(options: ReusableOptions & { readonly kind: 'thread' }): ThreadPoolExecutor;
/**
 * The program's process pool: always the same one, unless it must be another. It is made at the first call, its workers at
 * the first task, and they leave when they have been idle for `idleTimeoutMs`. There is no need to shut it down.
 *
 * Throws `TypeError` or `RangeError` for bad options, `RecursionDepthError` when pools are nested too deep. From loky's
 * `get_reusable_executor`.
 */
export function getReusableExecutor(
  options?: ReusableOptions & { readonly kind?: 'process' | undefined },
): ProcessPoolExecutor;
/** One of the two. See the other form. */
export function getReusableExecutor(options?: ReusableOptions): ReusableExecutor;
export function getReusableExecutor(options?: ReusableOptions): ReusableExecutor {
  const executors = registry();
  const key = keyOf(options);
  const known = executors.get(key);
  // The common case is a warm pool, and the same call again: there is nothing to check.
  if (known !== undefined && isKnownWish(known, options)) {
    // Its users may have resized it themselves since.
    if (options?.maxWorkers !== undefined) known.executor.resize(options.maxWorkers);
    return known.executor;
  }
  // All of them here, so that messages know all that there are.
  const {
    kind = 'process',
    reuse = 'auto',
    killWorkers = false,
    ...given
  } = checkOptions('ReusableOptions', options, CHECKS);
  const poolOptions: PoolOptions = Object.assign(given, { [INSTRUMENT]: instrumentOf(options) });
  // `null` is an answer, `undefined` is none.
  const { idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS } = poolOptions;
  const settings = checkPoolOptions({ ...poolOptions, idleTimeoutMs });
  const { maxWorkers, ...terms } = settings;
  if (known !== undefined && canReuse(known, terms, reuse)) {
    const wanted = reuse === true && poolOptions.maxWorkers === undefined ? known.maxWorkers : maxWorkers;
    // Its users may have resized it themselves since.
    if (wanted !== known.maxWorkers || poolOptions.maxWorkers !== undefined) known.executor.resize(wanted);
    known.asked = noteWish(options, wanted === known.maxWorkers ? known.asked : []);
    known.maxWorkers = wanted;
    return known.executor;
  }
  const entry = makeEntry({ kind, terms, maxWorkers, poolOptions, asked: noteWish(options, []) });
  executors.set(key, entry);
  if (known !== undefined) replace(known, entry, killWorkers);
  return entry.executor;
}

/** What is no kind and no name is refused later. */
function keyOf(options: ReusableOptions | undefined): string {
  const { kind, name } = options ?? {};
  return `${kind === 'thread' ? 'thread' : 'process'}:${typeof name === 'string' ? name : ''}`;
}

/** How many ways to ask for the same are kept. */
const MAX_ASKED = 8;

function isKnownWish({ asked, executor }: Entry, options: ReusableOptions | undefined): boolean {
  return executor.state === 'open' && asked.some((one) => isAskedAgain(one, options));
}

/** Options that mean what the entry has. */
function noteWish(options: ReusableOptions | undefined, before: readonly Asked[]): readonly Asked[] {
  const asked = options?.reuse === false ? undefined : noteAsked(options);
  return asked === undefined ? before : [asked, ...before].slice(0, MAX_ASKED);
}

function canReuse(known: Entry, terms: Terms, reuse: 'auto' | boolean): boolean {
  if (known.executor.state !== 'open' || reuse === false) return false;
  if (reuse === true) return true;
  // Two storages look alike, so these are compared by what they are.
  const { context, ...rest } = terms;
  const { context: knownContext, ...knownRest } = known.terms;
  return isSameContext(knownContext, context) && isDeepStrictEqual(knownRest, rest);
}

interface NewEntry {
  readonly kind: 'process' | 'thread';
  readonly terms: Terms;
  readonly maxWorkers: number;
  readonly poolOptions: PoolOptions;
  readonly asked: readonly Asked[];
}

function makeEntry({ kind, terms, maxWorkers, poolOptions, asked }: NewEntry): Entry {
  const Pool = kind === 'thread' ? ThreadPoolExecutor : ProcessPoolExecutor;
  const executor = new Pool({ ...poolOptions, idleTimeoutMs: terms.idleTimeoutMs, maxWorkers });
  return { executor, terms, maxWorkers, asked };
}

function replace(old: Entry, { executor }: Entry, killWorkers: boolean): void {
  // One that its user has shut down, or that broke, says so to whoever still submits to it.
  const wasOpen = old.executor.state === 'open';
  void old.executor.shutdown({ killWorkers });
  // Afterwards: a shutdown says that nothing more is to be taken here.
  if (wasOpen) (old.executor as Partial<PoolExecutor>)[SUPERSEDE]?.(executor);
}
