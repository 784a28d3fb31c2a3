// What does it save to keep a pool? A small parallel job, on a new pool each time and on the reusable one, here and with
// loky, whose idea it is; and what it costs to ask for a pool that is warm.

import { compare } from './lib/compare.mjs';
import { compareRows } from './lib/goals.mjs';
import { pick } from './lib/settings.mjs';
import { formatNumber, formatTable } from './lib/table.mjs';
import { findPythonPools } from './peers/python.mjs';
import { block } from './peers/tasks.mjs';

const WORKERS = 2;
const TASKS = 20;
const TASK_MS = 1;
/** How many jobs are a round. */
const JOBS = pick(4, 2);
const CALLS = pick(1_000_000, 200_000);
const PYTHON_CALLS = pick(20_000, 5000);
const AIM_US = 2;

const lib = await import('../dist/lib/index.js');
const KINDS = [
  { name: 'tardigrade, processes', kind: 'process', kinds: 'processes', Pool: lib.ProcessPoolExecutor },
  { name: 'tardigrade, threads', kind: 'thread', kinds: 'threads', Pool: lib.ThreadPoolExecutor },
];
const [loky] = findPythonPools(['loky']);

/** The first job is not counted: idle workers may have left since the last round. */
async function timeJobs(run) {
  await run();
  const startMs = performance.now();
  for (let job = 0; job < JOBS; job += 1) await run();
  return (performance.now() - startMs) / JOBS;
}

const runJob = (pool) => Promise.all(Array.from({ length: TASKS }, () => pool.submit(block, TASK_MS)));

const ways = {
  reused: ({ kind }) => runJob(lib.getReusableExecutor({ kind, maxWorkers: WORKERS })),
  async new({ Pool }) {
    const pool = new Pool({ maxWorkers: WORKERS });
    await runJob(pool);
    await pool.shutdown();
  },
};

const row = (name, kind, isOurs, measure) => ({ name, kind, isOurs, open: () => ({ measure, close() {} }) });

/** Loky's rounds are programs of their own, which measure themselves without their start. */
async function rowOfLoky(name, question, count) {
  if (loky === undefined) return [];
  const { figure } = await loky.open({ workers: WORKERS });
  return [row(name, loky.kind, false, () => figure(question, count))];
}

async function compareJobs() {
  const ours = KINDS.flatMap((kind) =>
    Object.keys(ways).map((way) =>
      row(`${kind.name}, ${way}`, kind.kinds, true, () => timeJobs(() => ways[way](kind))),
    ),
  );
  const theirs = [
    ...(await rowOfLoky('loky, reused', `reusable-pool:${TASKS}`, JOBS)),
    ...(await rowOfLoky('loky, new', `new-pool:${TASKS}`, JOBS)),
  ];
  const rows = await compare({
    id: 'reuse-job',
    title: `A job of ${TASKS} tasks of ${TASK_MS} ms, on the reusable pool and on a new one each time`,
    workers: WORKERS,
    pools: [...ours, ...theirs],
    unit: 'ms a job',
    better: 'lower',
    rounds: 9,
    budgetMs: 15_000,
    share: 0.7,
    warmUp: (one) => one.measure(),
    measure: (one) => one.measure(),
  });
  tellSaving(rows);
}

function tellSaving(rows) {
  const find = (name) => rows.find((one) => one.name === name);
  const names = [...KINDS, ...(loky === undefined ? [] : [{ name: 'loky' }])].map(({ name }) => name);
  const lines = names.map((name) => {
    const ratio = compareRows(find(`${name}, reused`), find(`${name}, new`), 'lower');
    if (ratio === undefined) return [name, '–', '–', '–'];
    return [name, ...[ratio.median, ratio.min, ratio.max].map((times) => `${formatNumber(times)} ×`)];
  });
  console.log(
    `\n${formatTable([['reused, so many times as fast as new', 'median', 'min', 'max'], ...lines]).join('\n')}`,
  );
}

async function compareCalls() {
  const time = (call) => () => {
    const start = process.cpuUsage();
    for (let done = 0; done < CALLS; done += 1) call();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / CALLS;
  };
  const { getReusableExecutor } = lib;
  const plain = 'getReusableExecutor()';
  const sized = 'getReusableExecutor({ kind, maxWorkers })';
  const empty = 'getReusableExecutor({})';
  const many = 'getReusableExecutor({ name, env })';
  const goals = [plain, empty, sized, many].map((name) => ({
    text: `${name} on a warm pool ≤ ${AIM_US} µs`,
    of: name,
    atMost: AIM_US,
  }));
  await compare({
    id: 'reuse-call',
    title: 'Asking for the reusable pool when it is warm',
    workers: WORKERS,
    pools: [
      row(
        plain,
        'processes',
        true,
        time(() => getReusableExecutor()),
      ),
      row(
        sized,
        'threads',
        true,
        time(() => getReusableExecutor({ kind: 'thread', maxWorkers: WORKERS })),
      ),
      row(
        empty,
        'processes',
        true,
        time(() => getReusableExecutor({})),
      ),
      row(
        many,
        'processes',
        true,
        time(() => getReusableExecutor({ name: 'many', env: { MANY: '1' } })),
      ),
      ...(await rowOfLoky('loky, get_reusable_executor(max_workers)', 'get-reusable', PYTHON_CALLS)),
    ],
    unit: 'µs of CPU a call',
    better: 'lower',
    rounds: 9,
    share: 0.3,
    goals,
    // A size of their own each: they are two pools, one of each kind.
    async warmUp(one) {
      await Promise.all([
        getReusableExecutor().submit(block, 0),
        getReusableExecutor({ kind: 'thread' }).submit(block, 0),
      ]);
      return one.measure();
    },
    measure: (one) => one.measure(),
  });
}

await compareJobs();
await compareCalls();
await lib.getReusableExecutor({ name: 'many', reuse: true }).shutdown();
for (const { kind } of KINDS) await lib.getReusableExecutor({ kind, reuse: true }).shutdown();
