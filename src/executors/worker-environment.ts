/**
 * The environment variables that workers get: the program's, those of the pool's `env`, how deep they are nested, and how
 * many threads each may use.
 *
 * A worker may use its share of the CPUs: what there is, divided by the workers of its pool, at least 1. The share is told
 * to what starts threads of its own (OpenMP, BLAS, Rayon, libvips, libuv), and is the default size of pools that tasks make.
 * From loky.
 *
 * Rules: reads the environment when a pool is made; a `resize` later changes nothing here.
 * Guarantees: what the user has set, in the program's environment or in `env`, stays as it is.
 */

import { availableCpus } from '../base/cpu-count.js';
import { RecursionDepthError } from '../base/errors.js';
import { warn } from '../base/warning.js';
import { show } from '../base/wording.js';
import { inlineTaskHere } from './inline-launcher.js';

/** Says in a worker how deep it is. */
const DEPTH_VARIABLE = 'TARDIGRADE_DEPTH';
/** Says in a worker how many CPUs are its share. */
const SHARE_VARIABLE = 'TARDIGRADE_CPU_SHARE';
const DEFAULT_MAX_DEPTH = 10;

/** What these libraries ask for how many threads they may start. */
const THREAD_LIMITS = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'NUMBA_NUM_THREADS',
  'RAYON_NUM_THREADS',
  'VIPS_CONCURRENCY',
] as const;
/** Of a process; its threads have one pool together. */
const LIBUV_LIMIT = 'UV_THREADPOOL_SIZE';

/** How deep this code is: 0 unless it runs in a worker, or in the task of an executor in a task. */
export function currentDepth(): number {
  return inlineTaskHere()?.task.depth ?? Number(process.env[DEPTH_VARIABLE] ?? 0);
}

/** How deep the tasks of an executor in the calling thread are, which starts nothing: it counts inside of another. */
export function depthInline(): number {
  return inlineTaskHere() === undefined ? currentDepth() : nextDepth();
}

/** How deep the workers of a pool made here are. */
export function nextDepth(): number {
  const depth = currentDepth() + 1;
  const limit = maxDepth();
  if (depth > limit) {
    throw new RecursionDepthError(`pools are nested ${depth} deep, and TARDIGRADE_MAX_DEPTH is ${limit}`);
  }
  return depth;
}

/** Tasks and pools count together. */
export function tooDeepError(): RecursionDepthError {
  const message = 'tasks that wait for tasks are nested deeper than TARDIGRADE_MAX_DEPTH, which is';
  return new RecursionDepthError(`${message} ${maxDepth()}`);
}

/** How deep pools may be nested. What is no integer of at least 0 is as good as not set, which is said once. */
export function maxDepth(): number {
  const text = process.env.TARDIGRADE_MAX_DEPTH?.trim();
  if (text === undefined || text === '') return DEFAULT_MAX_DEPTH;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit >= 0) return limit;
  // Workers have the variable from their host, which has said it.
  if (text !== refusedText && process.env[DEPTH_VARIABLE] === undefined) {
    const message = `TARDIGRADE_MAX_DEPTH must be an integer of at least 0, got ${show(text)}; ${DEFAULT_MAX_DEPTH} is used instead`;
    warn({ code: 'TARDIGRADE_MAX_DEPTH', message });
  }
  refusedText = text;
  return DEFAULT_MAX_DEPTH;
}

/** The value that was last warned of. */
let refusedText: string | undefined;

/** How many CPUs this program should use: all that there are, or a worker's share of them. */
export function cpuShare(): number {
  const cpus = availableCpus();
  const share = Number(process.env[SHARE_VARIABLE]);
  return Number.isSafeInteger(share) && share >= 1 ? Math.min(share, cpus) : cpus;
}

/** What is known of a pool when its workers' environment is made. */
export interface EnvironmentParts {
  readonly settings: { readonly env: Readonly<Record<string, string | undefined>>; readonly maxWorkers: number };
  readonly depth: number;
  readonly kind: 'process' | 'thread';
}

/** The environment of a pool's workers. */
export function workerEnvironment({ settings, depth, kind }: EnvironmentParts): NodeJS.ProcessEnv {
  const { env, maxWorkers } = settings;
  const inherited = { ...process.env };
  if (inherited.NODE_OPTIONS !== undefined) {
    // One debugger listens for the program; a worker that wanted its port would only complain.
    inherited.NODE_OPTIONS = inherited.NODE_OPTIONS.replace(/(^|\s)--inspect\S*/g, '').trim();
  }
  const share = String(Math.max(1, Math.floor(cpuShare() / maxWorkers)));
  const limits: Record<string, string> = {};
  for (const name of kind === 'process' ? [...THREAD_LIMITS, LIBUV_LIMIT] : THREAD_LIMITS) {
    const known = inherited[name];
    // In a worker the share of its own pool stands there, which is no wish of the user's.
    if (known === undefined || known === inherited[SHARE_VARIABLE]) limits[name] = share;
  }
  return { ...inherited, ...limits, ...env, [DEPTH_VARIABLE]: String(depth), [SHARE_VARIABLE]: share };
}
