/**
 * Slips that somebody could make in the scheduler, as replacements in the built code. Each must be caught by the storms:
 * that is the proof that they would catch the next one.
 *
 * Guarantees: a replacement that no longer applies exactly once throws, so that the list stays true.
 */

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Core } from './core.js';

/** One slip. */
export interface Mutation {
  readonly name: string;
  /** In the compiled core. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Where `#src/` leads: one compiled file for each source file. */
const COMPILED = fileURLToPath(new URL('../', import.meta.resolve('#src/core/scheduler.js')));
const MUTANTS = fileURLToPath(new URL('../../mutants/', import.meta.url));

/** Builds a copy of the core with the slip in it, and loads it. */
export async function loadMutant({ name, file, from, to }: Mutation): Promise<Core> {
  const folder = `${MUTANTS}${name.replaceAll(/\W+/g, '-')}/`;
  rmSync(folder, { recursive: true, force: true });
  for (const part of ['base', 'core']) cpSync(`${COMPILED}${part}`, `${folder}${part}`, { recursive: true });
  const path = `${folder}core/${file}`;
  const text = readFileSync(path, 'utf8');
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`"${name}" applies to ${places} places of ${file}: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  const url = pathToFileURL(`${folder}core/`);
  const { Scheduler } = (await import(new URL('scheduler.js', url).href)) as Core;
  const { Driver } = (await import(new URL('driver.js', url).href)) as Core;
  return { Scheduler, Driver };
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: This is code, as text.
/** The list. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a held task dies with its worker',
    file: 'worker-events.js',
    from: "case 'held':\n            if (task.wish === undefined)\n                return requeue(model, task);",
    to: "case 'held':\n            if (task.wish === undefined)\n                return settle(model, task, { kind: 'lost', attempt: task.attempts, exit });",
  },
  {
    name: 'a lost task is retried once too often',
    file: 'worker-events.js',
    from: 'task.retriesLeft === 0',
    to: 'task.retriesLeft < 0',
  },
  {
    name: 'a settled task stays on the list of its worker',
    file: 'model.js',
    from: "const before = task.state;\n    stopTaskTimers(model, task);\n    detach(task);\n    stepTask(model, task, 'settle');",
    to: "const before = task.state;\n    stopTaskTimers(model, task);\n    stepTask(model, task, 'settle');",
  },
  {
    name: 'timers of a settled task run on',
    file: 'model.js',
    from: 'const before = task.state;\n    stopTaskTimers(model, task);',
    to: 'const before = task.state;',
  },
  {
    name: 'a worker is killed without a recall',
    file: 'stopping.js',
    from: 'if (canRecall(worker))\n        recall(model, worker);\n    else\n        judgeDoom(model, worker);',
    to: 'killWorker(model, worker, cause);',
  },
  {
    name: 'a worker is killed although it is past its task',
    file: 'stopping.js',
    from: 'if (!doom.behind.some((task) => task.worker === worker))',
    to: 'if (true)',
  },
  {
    name: 'a worker that may be past its task is never killed',
    file: 'stopping.js',
    from: "model.out.push({ kind: 'start-timer', timer: `kill:${worker.id}`, delayMs: LAST_WORD_MS });",
    to: '',
  },
  {
    name: 'the breaker never trips',
    file: 'circuit-breaker.js',
    from: 'Math.max(inRow, this.#failedStarts) > this.#options.count',
    to: 'false',
  },
  {
    name: 'slow failures to start are forgotten',
    file: 'circuit-breaker.js',
    from: 'Math.max(inRow, this.#failedStarts)',
    to: 'inRow',
  },
  {
    name: 'tasks come back in the wrong order',
    file: 'task-queue.js',
    from: 'while (index > 0 && returned[index - 1].id < task.id)',
    to: 'while (false)',
  },
  {
    name: 'an idle worker is not reused',
    file: 'assigning.js',
    from: 'model.idle.length > 0 && mayRunMore(model)',
    to: 'model.idle.length > 1 && mayRunMore(model)',
  },
  {
    name: 'a successor does not wait for the last task of the spent worker',
    file: 'seats.js',
    from: 'spentRunning === 0 &&',
    to: 'spentRunning >= 0 &&',
  },
  {
    name: 'a worker may take as long as it likes to leave',
    file: 'assigning.js',
    from: "model.out.push({ kind: 'start-timer', timer: `leave:${worker.id}`, delayMs: model.options.leaveTimeoutMs });",
    to: '',
  },
  {
    name: 'a worker may take as long as it likes to start',
    file: 'assigning.js',
    from: "model.out.push({ kind: 'start-timer', timer: `startup:${worker.id}`, delayMs: model.options.startupTimeoutMs });",
    to: '',
  },
  {
    name: 'news of a settled task is believed',
    file: 'task-events.js',
    from: 'if (task === undefined)\n        return;\n    const worker = task.worker;\n    noteDuration',
    to: 'const worker = task.worker;\n    noteDuration',
  },
  {
    name: 'late readiness is believed',
    file: 'worker-events.js',
    from: "worker === undefined || worker.state !== 'starting'",
    to: 'worker === undefined',
  },
  {
    name: 'a broken pool cannot be shut down',
    file: 'pool-events.js',
    from: "if (model.ended || model.pool === 'killing')",
    to: "if (model.ended || model.pool === 'killing' || model.pool === 'broken')",
  },
  {
    name: 'a later shutdown prolongs an earlier one',
    file: 'pool-events.js',
    from: 'timer: `shutdown:${model.timedShutdowns}`, delayMs',
    to: 'timer: `shutdown:1`, delayMs',
  },
  {
    name: 'a worker that finishes its last task has no seat',
    file: 'seats.js',
    from: 'Math.min(maxWorkers - seated, 2 * maxWorkers + model.suspended - alive)',
    to: 'maxWorkers - countStaff(model)',
  },
  {
    name: 'tasks are handed out while a recall is unanswered',
    file: 'assigning.js',
    from: 'if (model.openRecalls > 0)\n        return;\n    feedIdleWorkers',
    to: 'feedIdleWorkers',
  },
  {
    name: 'a recall that brought nothing back is repeated',
    file: 'assigning.js',
    from: "return task.state === 'held' && !task.doubtful;",
    to: "return task.state === 'held';",
  },
  {
    name: 'a held task of lower priority keeps its place',
    file: 'assigning.js',
    from: 'if (isOverdue(model, worker) || (top !== undefined && isOutranked(worker, top)))',
    to: 'if (isOverdue(model, worker))',
  },
  {
    name: 'tasks behind a long one stay there',
    file: 'assigning.js',
    from: 'if (isOverdue(model, worker) || (top !== undefined && isOutranked(worker, top)))',
    to: 'if (top !== undefined && isOutranked(worker, top))',
  },
  {
    name: 'nothing is taken from a busy worker for an idle one',
    file: 'assigning.js',
    from: 'if (richest !== undefined)',
    to: 'if (false)',
  },
  {
    name: 'a refused cancel takes effect later',
    file: 'task-events.js',
    from: "if (task.wish === 'cancel')\n            task.wish = undefined;",
    to: ';',
  },
  {
    name: 'a result is forgotten before its task is settled',
    file: 'driver.js',
    from: 'for (const command of this.#scheduler.step(event))',
    to: 'this.#outcomes.clear();\n            for (const command of this.#scheduler.step(event))',
  },
  {
    name: 'a worker that stands still is left alone',
    file: 'watching.js',
    from: 'untouched === worker.untouched',
    to: 'false',
  },
  {
    name: 'a quiet worker is killed although it has begun a task',
    file: 'watching.js',
    from: 'worker.tasks.length === 0 && ',
    to: '',
  },
  {
    name: 'a failed start breaks a pool that has a healthy worker',
    file: 'worker-events.js',
    from: 'model.breaker.isTripped && !hasHealthyWorker(model)',
    to: 'model.breaker.isTripped',
  },
  {
    name: 'workers are started beside a healthy one however many fail',
    file: 'seats.js',
    from: 'if (isStartingPaused(model))',
    to: 'if (false)',
  },
  {
    name: 'workers may not be started while too many have failed, though none is left',
    file: 'seats.js',
    from: 'model.breaker.isOverLimit && hasHealthyWorker(model)',
    to: 'model.breaker.isOverLimit',
  },
  {
    name: 'deaths count although tasks finish between them',
    file: 'circuit-breaker.js',
    from: 'this.#forgiven = this.#serial;',
    to: '',
  },
  {
    name: 'nobody looks whether the last healthy worker is gone',
    file: 'pool-events.js',
    from: 'if (model.queue.size > 0 && model.census.starting === 0)',
    to: 'if (false)',
  },
  {
    name: 'a suspended task keeps its seat',
    file: 'seats.js',
    from: 'if (model.suspended === 0)\n',
    to: 'if (true)\n',
  },
  {
    name: 'what waits behind a suspended task stays there',
    file: 'task-events.js',
    from: "stepTask(model, task, 'suspend');\n    recall(model, task.worker);",
    to: "stepTask(model, task, 'suspend');",
  },
  {
    name: 'tasks are put behind a suspended one',
    file: 'assigning.js',
    from: "worker.tasks[0]?.state === 'suspended'",
    to: 'false',
  },
  {
    name: 'one that stood in takes tasks although all seats are taken',
    file: 'seats.js',
    from: '(!hasSuspended || (suspended === 0 && countStaff(model) <= options.maxWorkers))',
    to: 'true',
  },
  {
    name: 'one that stood in stays for ever',
    file: 'pool-events.js',
    from: "worker.idleTimer === 'none'",
    to: 'false',
  },
  {
    name: 'a deeper task waits for its elders',
    file: 'task-queue.js',
    from: 'lane.priority === priority && lane.level < level',
    to: 'lane.priority === priority && lane.level > level',
  },
  {
    name: 'a worker that waits counts as one that gets something done',
    file: 'seats.js',
    from: "countLent(model, 'healthy')",
    to: '0',
  },
  {
    name: 'the end is announced while a worker lives',
    file: 'pool-events.js',
    from: 'if (model.workers.size > 0)\n        return;',
    to: '',
  },
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: This is code, as text.
