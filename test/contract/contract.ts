/**
 * What the contract's parts are given: a way to make an executor, and what it can do.
 */

import type { Executor, PoolOptions, PoolStats, WorkerInfo } from 'tardigrade';
import { type PoolTest, poolTest } from '../support/pools.js';

/** The executors that are tested: those with workers of their own. */
export interface TestedExecutor extends Executor {
  readonly workers: readonly WorkerInfo[];
  stats(): PoolStats;
}

/** Options that every executor has, and the number of workers for those that have a choice. */
export type ContractOptions = Pick<PoolOptions, 'initializer' | 'initializerArgs' | 'maxQueue' | 'maxWorkers' | 'name'>;

/** What executors differ in. */
export interface Capabilities {
  /** A task cannot reach the host's memory, and its death is not the host's. */
  readonly isolates: boolean;
  /** A running task can be ended. */
  readonly kills: boolean;
  /** Tasks run at the same time. */
  readonly isParallel: boolean;
  /** Tasks may wait for others of the same executor though none of its workers is free. */
  readonly nests: boolean;
}

/** One executor under test. */
export interface Subject {
  readonly name: string;
  readonly can: Capabilities;
  make(options?: ContractOptions): TestedExecutor;
  /** One for the tests that leave no trace in it. */
  shared(): TestedExecutor;
}

/** A test of one executor; `open` makes one that is shut down after the test. */
export function contractTest(
  subject: Subject,
  title: string,
  run: (open: (options?: ContractOptions) => TestedExecutor, pools: PoolTest) => unknown,
): void {
  poolTest(`${subject.name}: ${title}`, (pools) => run((options) => pools.use(subject.make(options)), pools));
}
