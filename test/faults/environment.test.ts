/**
 * What workers are started with, and what programs see of it: environments, preloads, warnings, modules that use pools.
 */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importTasks, ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';
import { startProgram } from '../support/programs.js';

const fixture = (name: string): URL => new URL(`../../../test/fixtures/raw/faults/${name}.mjs`, import.meta.url);
type Seen = typeof globalThis & { seen?: string[] };
const preload = (code: string): string[] => ['--import', `data:text/javascript,${encodeURIComponent(code)}`];

for (const Pool of [ProcessPoolExecutor, ThreadPoolExecutor]) {
  poolTest(`${Pool.name}: its environment is there before anything is loaded (faults 119)`, async ({ use }) => {
    const execArgv = preload('globalThis.seen = [process.env.COLOUR];');
    const pool = use(new Pool({ maxWorkers: 1, stdio: 'ignore', execArgv, env: { COLOUR: 'green' } }));
    assert.deepEqual(await pool.submit(() => [...((globalThis as Seen).seen ?? []), process.env.COLOUR]), [
      'green',
      'green',
    ]);
    assert.equal(process.env.COLOUR, undefined);
  });

  poolTest(
    `${Pool.name}: a profiler's preload reaches workers, beside an initializer or without (faults 120)`,
    async ({ use }) => {
      const execArgv = preload('globalThis.seen = ["profiler"];');
      const initializer = (): void => void (globalThis as Seen).seen?.push('initializer');
      const common = { maxWorkers: 1, stdio: 'ignore', execArgv } as const;
      const pools = [use(new Pool(common)), use(new Pool({ ...common, initializer }))];
      const seen = await Promise.all(pools.map((pool) => pool.submit(() => (globalThis as Seen).seen)));
      assert.deepEqual(seen, [['profiler'], ['profiler', 'initializer']]);
    },
  );

  poolTest(`${Pool.name}: a module may use a pool of its own while a worker loads it (faults 186)`, async ({ use }) => {
    const { tell } = importTasks<{ tell(): number }>(fixture('pool-in-body'));
    const pool = use(new Pool({ maxWorkers: 1, stdio: 'ignore' }));
    assert.equal(await pool.submit(tell), 42);
  });
}

test('a program with a pool calls nothing that Node has deprecated (faults 122)', async () => {
  const file = join(tmpdir(), `program-${process.pid}-deprecations`);
  const flags = ['--throw-deprecation', '--pending-deprecation'];
  const program = startProgram([...flags, fileURLToPath(fixture('program')), 'ends with queued tasks', file], {
    NODE_PENDING_DEPRECATION: '1',
  });
  try {
    const { code, stderr } = await program.end;
    assert.deepEqual([code, stderr], [0, '']);
    await program.assertNothingLeft();
  } finally {
    program.sweep();
    rmSync(file, { force: true });
  }
});

const ENDINGS: Readonly<Record<string, string>> = {
  'drops its pool without a word, and collects it (faults 259)': 'drops its pool',
  'asks for a shutdown and does not wait for it (faults 255)': 'does not wait',
};
for (const [what, mode] of Object.entries(ENDINGS)) {
  test(`a program that ${what} ends, and leaves nothing`, async () => {
    const program = startProgram(['--expose-gc', fileURLToPath(fixture('endings')), mode]);
    try {
      const { code, stdout, stderr } = await program.end;
      assert.deepEqual([code, stdout, stderr], [0, 'answered\n', '']);
      await program.assertNothingLeft();
    } finally {
      program.sweep();
    }
  });
}

test("a host that exits without Node's knowledge leaves no idle worker (trap f)", async () => {
  const program = startProgram([fileURLToPath(fixture('endings')), 'exits past its own end']);
  try {
    const { code, stderr } = await program.end;
    assert.deepEqual([code, stderr], [5, '']);
    await program.assertNothingLeft();
  } finally {
    program.sweep();
  }
});

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  test(`a host that ends by ${signal} takes with it what its workers, busy and idle, have started`, async () => {
    const program = startProgram([fileURLToPath(fixture('endings')), 'is killed with descendants']);
    try {
      await program.printed('started\n');
      process.kill(program.pid, signal);
      assert.equal((await program.end).signal, signal);
      await program.assertNothingLeft();
    } finally {
      program.sweep();
    }
  });
}

test('a host that is killed while a worker will not leave takes that with it (faults 257)', async () => {
  const program = startProgram([fileURLToPath(fixture('endings')), 'waits for a worker that will not leave']);
  try {
    await program.printed('leaving\n');
    process.kill(program.pid, 'SIGKILL');
    assert.equal((await program.end).signal, 'SIGKILL');
    await program.assertNothingLeft();
  } finally {
    program.sweep();
  }
});
