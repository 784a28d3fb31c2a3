/**
 * Plays one cell of the fault matrix in this program and checks what follows every fault: the task fails as the table
 * says or not at all, the tasks before, beside and behind it are right, every future settled once, the pool works or is
 * broken with its cause, and it shuts down in time.
 */

import assert from 'node:assert/strict';
import { BrokenExecutorError, type Future, SerializationError, TerminatedWorkerError, TimeoutError } from 'tardigrade';
import { echo, hasHappened } from '../faults.js';
import { createGate, passGate, until } from '../gate.js';
import type { Cell, Outcome } from './cells.js';
import { type AnyPool, createMarker, openPool, submitTrap } from './stages.js';

/** Ten seconds are more than enough on an idle machine; the rest is for a busy one. */
const SHUTDOWN_LIMIT_MS = 60_000;

/** Counts how often futures settle. */
class Settlements {
  readonly #counts = new Map<Future<unknown>, number>();

  watch<T>(future: Future<T>): Future<T> {
    this.#counts.set(future, 0);
    future.addDoneCallback(() => this.#counts.set(future, (this.#counts.get(future) ?? 0) + 1));
    return future;
  }

  check(): void {
    for (const [future, count] of this.#counts) {
      assert.equal(count, 1, `a future that is ${future.state} has settled ${count} times`);
    }
  }
}

/** Plays a cell; `outcome` is what it must cost. */
export async function runCell(cell: Cell, outcome: Outcome): Promise<void> {
  using gate = createGate();
  using marker = createMarker();
  const stage = { cell, marker, hangs: 'limited' } as const;
  const pool = openPool(stage);
  const settlements = new Settlements();
  const submitEcho = <T>(value: T): Future<unknown> => settlements.watch(pool.submit(echo, value));
  try {
    const startsWell = !cell.where.startsWith('start-up');
    if (startsWell) assert.equal(await submitEcho('before'), 'before');
    const beside =
      startsWell && cell.size > 1 ? settlements.watch(pool.submit(passGate, gate.path, 'beside')) : undefined;
    await until(() => beside === undefined || beside.running());
    const trap = settlements.watch(submitTrap(pool, stage));
    if (cell.where === 'idle') {
      await trap;
      await until(() => hasHappened(marker.path));
      // What the host can know of it by now, it knows.
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    }
    const behind = [1, 2, 3].map(submitEcho);
    await checkOutcome(trap, outcome);
    await checkBehind(behind, outcome);
    if (beside !== undefined) {
      assert.equal(beside.state, 'running');
      gate.open();
      assert.equal(await beside, 'beside');
    }
    await checkPool(pool, outcome, submitEcho);
  } finally {
    gate.open();
    await shutDown(pool);
  }
  settlements.check();
}

async function checkOutcome(trap: Future<unknown>, outcome: Outcome): Promise<void> {
  const error = await trap.exception();
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = error instanceof Error ? error.message : '';
  switch (outcome.costs) {
    case 'nothing':
      assert.equal(error, null, shown);
      assert.equal(await trap, 'answered');
      return;
    case 'the task, by its own error':
      assert.match(message, outcome.message, shown);
      return;
    case 'the task, by a value':
      assert.ok(error instanceof SerializationError, shown);
      assert.deepEqual([error.direction, error.phase], [outcome.direction, outcome.phase], shown);
      return;
    case 'the task, lost':
      assert.ok(error instanceof TerminatedWorkerError, shown);
      assert.match(message, outcome.message);
      assert.equal(error.attempt, 1);
      return;
    case 'the task, by its time limit':
      assert.ok(error instanceof TimeoutError, shown);
      return;
    case 'the pool':
      // A worker that had started well may have done some.
      if (outcome.mercy !== undefined && error === null) return;
      assert.ok(error instanceof BrokenExecutorError, shown);
      assert.match(message, outcome.message);
      return;
    case 'the program':
    case 'cannot exist':
      throw new Error('This cell is not for this program.');
    default:
      outcome satisfies never;
  }
}

async function checkBehind(behind: readonly Future<unknown>[], outcome: Outcome): Promise<void> {
  if (outcome.costs !== 'the pool') {
    assert.deepEqual(await Promise.all(behind), [1, 2, 3]);
    return;
  }
  const errors = await Promise.all(behind.map((future) => future.exception()));
  for (const error of errors) {
    if (outcome.mercy !== undefined && error === null) continue;
    assert.ok(error instanceof BrokenExecutorError);
    assert.match(error.message, outcome.message);
  }
  const told = errors.filter((error) => error !== null);
  assert.equal(new Set(told).size, told.length);
}

async function checkPool(
  pool: AnyPool,
  outcome: Outcome,
  submitEcho: (value: string) => Future<unknown>,
): Promise<void> {
  assert.equal(pool.stats().lost, outcome.costs === 'the task, lost' ? 1 : 0);
  if (outcome.costs === 'the pool') {
    await until(() => pool.state === 'broken');
    await assert.rejects(submitEcho('later').result(), BrokenExecutorError);
    return;
  }
  assert.equal(pool.state, 'open');
  assert.equal(await submitEcho('later'), 'later');
}

async function shutDown(pool: AnyPool): Promise<void> {
  const startMs = performance.now();
  await pool.shutdown();
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < SHUTDOWN_LIMIT_MS, `shutdown took ${tookMs} ms`);
  assert.deepEqual(pool.workers, []);
}
