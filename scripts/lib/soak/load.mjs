/**
 * The mixed load of the soak: every act is done by processes and by threads, checks what it gets, and counts what it has
 * done. Between two rounds all workers have left but the two veterans, which see the whole soak: so samples are alike.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { getReusableExecutor, ProcessPoolExecutor, share, ThreadPoolExecutor } from 'tardigrade';
import * as tasks from './tasks.mjs';

/** Idle workers leave after this. */
const IDLE_MS = 50;
/** Workers look at their memory once a second, between tasks. */
const MEMORY_LOOK_MS = 1050;
const MB = 2 ** 20;
const LARGE_NUMBERS = 400_000;
const KINDS = ['process', 'thread'];
const SIZES = [1, 3, 2, 4];
const POOLS = { process: ProcessPoolExecutor, thread: ThreadPoolExecutor };

/** What it was, how often, in the words of the report. */
export const counts = {
  rounds: 0,
  'tasks whose answers were checked': 0,
  'workers replaced after maxTasksPerWorker': 0,
  'workers replaced for the growth of their memory': 0,
  resizes: 0,
  'tasks that submitted to the pool they ran in': 0,
  'tasks that used pools of their own': 0,
  'processes that ended themselves': 0,
  'processes that were killed from outside': 0,
  'threads that ended themselves': 0,
  'endless loops stopped by timeoutMs': 0,
  'tasks cancelled': 0,
  'arrays of 3 MB there and back': 0,
  'shared arrays': 0,
  'items mapped': 0,
  'pools made, used and closed': 0,
  'pools made, used and dropped': 0,
};

const count = (what, times = 1) => {
  counts[what] += times;
};

function expect(actual, wanted) {
  if (actual !== wanted) throw new Error(`got ${actual}, not ${wanted}`);
  count('tasks whose answers were checked');
}

async function expectError(future, name) {
  const error = await future.then(
    () => undefined,
    (reason) => reason,
  );
  if (error?.constructor.name !== name) throw new Error(`got ${error ?? 'no error'}, not ${name}`);
  count('tasks whose answers were checked');
}

const make = (kind, options) => new POOLS[kind]({ maxWorkers: 2, idleTimeoutMs: IDLE_MS, ...options });

/** Pools that stay, a set of each kind, and the signal that all tasks of the soak can be cancelled by. */
export function openPools() {
  const stop = new AbortController();
  const sets = KINDS.map((kind) => ({
    kind,
    other: kind === 'process' ? 'thread' : 'process',
    stop,
    veteran: make(kind, {
      maxWorkers: 1,
      idleTimeoutMs: null,
      maxMemoryGrowthBytes: null,
      ...(kind === 'process' ? { execArgv: ['--expose-gc'] } : {}),
    }),
    recycled: make(kind, { maxTasksPerWorker: 10 }),
    hungry: make(kind, { maxWorkers: 1, maxMemoryGrowthBytes: 12 * MB }),
    mixed: make(kind),
  }));
  return {
    sets,
    close: () =>
      Promise.all([
        ...sets.flatMap((set) => ['veteran', 'recycled', 'hungry', 'mixed'].map((name) => set[name].shutdown())),
        ...KINDS.map((kind) => elastic(kind).shutdown()),
      ]),
  };
}

const elastic = (kind, maxWorkers = 1) => getReusableExecutor({ kind, maxWorkers, idleTimeoutMs: IDLE_MS });

async function checkSums(pool, times) {
  const answers = await Promise.all(Array.from({ length: times }, (_, n) => pool.submit(tasks.add, n, 1)));
  for (const [n, { sum }] of answers.entries()) expect(sum, n + 1);
  return new Set(answers.map(({ workerId }) => workerId)).size;
}

/**
 * Until both workers have loaded the tasks: Node 20 loses the descriptor of a module that a thread is reading when it is
 * terminated, which later ones do not; see docs/threads.md.
 */
async function warm(pool) {
  const workers = new Set();
  for (let turn = 0; turn < 50 && workers.size < 2; turn += 1) {
    for (const id of await Promise.all([pool.submit(tasks.rest, 5), pool.submit(tasks.rest, 5)])) workers.add(id);
  }
}

const acts = {
  async serve({ veteran }) {
    await checkSums(veteran, 50);
    const array = await veteran.submit(tasks.raise, new Float64Array(LARGE_NUMBERS).fill(1));
    expect(array[0], 2);
    count('arrays of 3 MB there and back');
    await expectError(veteran.submit(tasks.fail), 'RangeError');
  },

  async recycle({ recycled }) {
    const workers = await checkSums(recycled, 50);
    count('workers replaced after maxTasksPerWorker', workers - 2);
  },

  async outgrow({ hungry }) {
    const { workerId: first } = await hungry.submit(tasks.add, 1, 1);
    for (let task = 0; task < 4; task += 1) await hungry.submit(tasks.swell, 6);
    await hungry.submit(tasks.rest, MEMORY_LOOK_MS);
    const { workerId: second } = await hungry.submit(tasks.add, 1, 1);
    count('workers replaced for the growth of their memory', second === first ? 0 : 1);
  },

  async resize({ kind }) {
    for (const size of SIZES) {
      const pool = elastic(kind, size);
      await Promise.all([checkSums(pool, 10), ...Array.from({ length: size }, () => pool.submit(tasks.rest, 5))]);
      count('resizes');
    }
    // Surplus workers have a task when they are asked to leave.
    const pool = elastic(kind, 4);
    const running = Array.from({ length: 4 }, () => pool.submit(tasks.rest, 20));
    pool.resize(1);
    await Promise.all(running);
    count('resizes', 2);
  },

  async nest({ kind, other, mixed }) {
    expect(await mixed.submit(tasks.fold, mixed, 0, 6), 15);
    count('tasks that submitted to the pool they ran in', 5);
    // A thread's processes and a process' threads, and a process' processes.
    for (const inner of kind === 'process' ? KINDS : [other]) {
      expect(await mixed.submit(tasks.nest, inner, 1), 5);
      count('tasks that used pools of their own');
    }
  },

  async kill({ kind, mixed }) {
    await warm(mixed);
    const behind = checkSums(mixed, 10);
    await expectError(mixed.submit(tasks.die, kind === 'process' ? 'SIGKILL' : 'exit'), 'TerminatedWorkerError');
    await behind;
    count(kind === 'process' ? 'processes that ended themselves' : 'threads that ended themselves');
    if (kind === 'process') await killFromOutside(mixed);
    await warm(mixed);
    await expectError(mixed.withOptions({ timeoutMs: 30 }).submit(tasks.loop), 'TimeoutError');
    count('endless loops stopped by timeoutMs');
  },

  async cancel({ mixed, stop }) {
    // One signal for the life of the program: its listeners must go with the tasks.
    const patient = mixed.withOptions({ signal: stop.signal });
    await checkSums(patient, 10);
    await warm(mixed);
    const own = new AbortController();
    const cancelled = Array.from({ length: 5 }, () =>
      mixed.withOptions({ signal: own.signal }).submit(tasks.rest, 5000),
    );
    own.abort();
    for (const future of cancelled) await expectError(future, 'CancelledError');
    count('tasks cancelled', cancelled.length);
  },

  async share({ mixed }) {
    const shared = share(new Int32Array(1000));
    await Promise.all(Array.from({ length: 4 }, () => mixed.submit(tasks.countUp, shared)));
    expect(Atomics.load(shared, 0), 4);
    count('shared arrays');
  },

  async map({ mixed }) {
    let sum = 0;
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    for await (const n of mixed.map((k) => 2 * k, numbers)) sum += n;
    expect(sum, 249_500);
    for await (const n of mixed.map((k) => k, numbers)) if (n === 10) break;
    count('items mapped', 510);
  },

  async makeAndClose({ kind }) {
    const pool = make(kind, { idleTimeoutMs: null });
    await checkSums(pool, 4);
    await pool.shutdown();
    count('pools made, used and closed');
    await checkSums(make(kind, { idleTimeoutMs: null, maxWorkers: 1 }), 2);
    count('pools made, used and dropped');
  },
};

async function killFromOutside(pool) {
  const victim = pool.submit(tasks.rest, 60_000);
  while (!victim.running()) await delay(2);
  for (const { pid, state } of pool.workers) if (state === 'busy') process.kill(pid, 'SIGKILL');
  await expectError(victim, 'TerminatedWorkerError');
  count('processes that were killed from outside');
}

/** Each act once, by both kinds at once; what has to wait waits beside the others. */
export async function runRound({ sets }) {
  const run = (name) =>
    Promise.all(
      sets.map((set) =>
        acts[name](set).catch((error) => {
          throw new Error(`${name} with ${set.kind}: ${error.message}`, { cause: error });
        }),
      ),
    );
  const [patient, ...others] = ['outgrow', ...Object.keys(acts).filter((name) => name !== 'outgrow')];
  const outgrown = run(patient);
  for (const name of others) await run(name);
  await outgrown;
  count('rounds');
}

/** Whether all workers have left but the veterans, as far as pools that are still held can say. */
export function isAtRest({ sets }) {
  return sets.every(({ kind, veteran, recycled, hungry, mixed }) => {
    const others = [recycled, hungry, mixed, elastic(kind)];
    return (
      veteran.workers.every(({ state }) => state === 'idle') && others.every(({ workers }) => workers.length === 0)
    );
  });
}
