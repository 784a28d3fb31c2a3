import assert from 'node:assert/strict';
import { availableCpus, ProcessPoolExecutor, RecursionDepthError, ThreadPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';

/** Task: what its worker was told. */
function readEnvironment(names: readonly string[]): (string | undefined)[] {
  return names.map((name) => process.env[name]);
}

/** Sets variables of this program for a while. */
async function withVariables(
  variables: Readonly<Record<string, string | undefined>>,
  run: () => Promise<void>,
): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  const put = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(variables)) put(name, value);
  try {
    await run();
  } finally {
    for (const [name, value] of before) put(name, value);
  }
}

const LIMITS = [
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'RAYON_NUM_THREADS',
];
const FREE = { ...Object.fromEntries(LIMITS.map((name) => [name, undefined])), UV_THREADPOOL_SIZE: undefined };

poolTest('a worker may use its share of the CPUs, and libraries are told so (faults 243)', async ({ open, use }) => {
  await withVariables(FREE, async () => {
    assert.deepEqual(await open().submit(readEnvironment, ['OMP_NUM_THREADS']), [String(availableCpus())]);
  });
  await withVariables({ ...FREE, TARDIGRADE_MAX_CPUS: '1' }, async () => {
    const [omp, mkl, uv] = await open().submit(readEnvironment, [
      'OMP_NUM_THREADS',
      'MKL_NUM_THREADS',
      'UV_THREADPOOL_SIZE',
    ]);
    assert.deepEqual([omp, mkl, uv], ['1', '1', '1']);
    const threads = use(new ThreadPoolExecutor({ maxWorkers: 2 }));
    assert.deepEqual(
      await threads.submit(readEnvironment, ['OMP_NUM_THREADS', 'UV_THREADPOOL_SIZE']),
      ['1', undefined],
      'all threads of a program share the pool of libuv',
    );
  });
});

poolTest('what the user has set stays as it is, in the program or in env (faults 243)', async ({ open }) => {
  await withVariables({ ...FREE, OMP_NUM_THREADS: '7', TARDIGRADE_MAX_CPUS: '1' }, async () => {
    const pool = open({ env: { MKL_NUM_THREADS: '5', OPENBLAS_NUM_THREADS: undefined, UV_THREADPOOL_SIZE: '3' } });
    assert.deepEqual(await pool.submit(readEnvironment, [...LIMITS, 'UV_THREADPOOL_SIZE']), [
      '7',
      '5',
      undefined,
      '1',
      '1',
      '3',
    ]);
  });
});

/** Task: the sizes and limits of a pool within a pool. */
async function lookInside(): Promise<unknown[]> {
  const { ProcessPoolExecutor: Pool } = await import('tardigrade');
  await using inner = new Pool({ stdio: 'ignore' });
  let mostWorkers = 0;
  const pids = Array.from({ length: 4 }, () =>
    inner.submit(() => [process.pid, process.env.OMP_NUM_THREADS, process.env.MKL_NUM_THREADS] as const),
  );
  const answers = await Promise.all(pids);
  mostWorkers = inner.workers.length;
  return [mostWorkers, answers[0]?.[1], answers[0]?.[2]];
}

poolTest('pools that tasks make share what their worker has (faults 238, faults 243)', async ({ open }) => {
  await withVariables({ ...FREE, MKL_NUM_THREADS: '9', TARDIGRADE_MAX_CPUS: '1' }, async () => {
    assert.deepEqual(await open({ maxWorkers: 2 }).submit(lookInside), [1, '1', '9']);
  });
});

/** Task: nests pools of one worker until that is refused; the depth that it came to. */
async function nest(kind: 'process' | 'thread'): Promise<number> {
  const { ProcessPoolExecutor: Processes, ThreadPoolExecutor: Threads } = await import('tardigrade');
  const { currentTask } = await import('tardigrade/worker');
  const Pool = kind === 'process' ? Processes : Threads;
  try {
    await using inner = new Pool({ maxWorkers: 1, stdio: 'ignore' });
    return await inner.submit(nest, kind === 'process' ? ('thread' as const) : ('process' as const));
  } catch (error) {
    if ((error as Error).name === 'RecursionDepthError') return currentTask()?.depth ?? 0;
    throw error;
  }
}

for (const kind of ['process', 'thread'] as const) {
  poolTest(`pools nest as deep as TARDIGRADE_MAX_DEPTH, a ${kind} pool first (faults 114)`, async ({ use }) => {
    await withVariables({ TARDIGRADE_MAX_DEPTH: '4' }, async () => {
      const Pool = kind === 'process' ? ProcessPoolExecutor : ThreadPoolExecutor;
      const other = kind === 'process' ? 'thread' : 'process';
      assert.equal(await use(new Pool({ maxWorkers: 1, stdio: 'ignore' })).submit(nest, other), 4);
    });
    await withVariables({ TARDIGRADE_MAX_DEPTH: '0' }, async () => {
      assert.throws(() => new ProcessPoolExecutor(), RecursionDepthError);
      assert.throws(() => new ThreadPoolExecutor(), RecursionDepthError);
    });
  });
}

for (const text of ['abc', '-1', '1.5', 'Infinity']) {
  poolTest(`TARDIGRADE_MAX_DEPTH=${text} is warned of once, and 10 is used`, async ({ use }) => {
    await withVariables({ TARDIGRADE_MAX_DEPTH: text }, async () => {
      const warnings: string[] = [];
      const listener = (warning: Error & { code?: string }): void => {
        if (warning.code === 'TARDIGRADE_MAX_DEPTH') warnings.push(warning.message);
      };
      process.on('warning', listener);
      try {
        for (let count = 0; count < 2; count += 1) use(new ThreadPoolExecutor({ maxWorkers: 1 }));
        await new Promise(setImmediate);
        assert.deepEqual(warnings, [
          `TARDIGRADE_MAX_DEPTH must be an integer of at least 0, got '${text}'; 10 is used instead`,
        ]);
      } finally {
        process.off('warning', listener);
      }
    });
  });
}
