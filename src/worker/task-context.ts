/**
 * Which task some code belongs to, also when it runs later: in a timer, in a promise's callback. With it, an error that
 * nobody caught is told from the task that happens to run meanwhile.
 *
 * Rules: only from Node 24 on, where it costs 0.2 µs a task and nothing more. Before, it would make every `await` of every
 * task four times as slow; there, nobody can tell, and the running task is taken for the one.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { TaskPayload } from '../core/ports.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { uncurry } from '../serialization/intrinsics.js';
import type { RunningTask } from './current-task.js';
import { invoke } from './invoke.js';

/** The first version whose contexts are kept by V8 itself. */
const CHEAP_SINCE = 24;

type Run = (task: RunningTask, fn: typeof invoke, ...args: Parameters<typeof invoke>) => unknown;

const isCheap = Number.parseInt(process.versions.node, 10) >= CHEAP_SINCE;
let storage = isCheap ? new AsyncLocalStorage<RunningTask>() : undefined;
const run = uncurry(
  AsyncLocalStorage.prototype.run as (this: AsyncLocalStorage<RunningTask>, ...of: Parameters<Run>) => unknown,
);
const getStore = uncurry(
  AsyncLocalStorage.prototype.getStore as (this: AsyncLocalStorage<RunningTask>) => RunningTask | undefined,
);

/** Calls the function of a task so that all it starts is known to be the task's. */
export function invokeIn(task: RunningTask, fn: AnyFunction, args: unknown[], shape: TaskPayload['shape']): unknown {
  return storage === undefined ? invoke(fn, args, shape) : run(storage, task, invoke, fn, args, shape);
}

/** Follows the code of tasks from now on, at the price of slower `await`s before Node 24. */
export function followTasks(): void {
  storage ??= new AsyncLocalStorage();
}

/** The task that this code belongs to, where that can be known. */
export function taskOfThisCode(): RunningTask | undefined {
  return storage === undefined ? undefined : getStore(storage);
}
