// What does a task that does nothing cost, step by step? CPU profiles of the host and of its only worker, taken from the
// unbundled build, so that every sample knows its file; a step is the share of its files, of the CPU time without a profile.

import { Session } from 'node:inspector';
import { attribute, scale, startProfile, stopProfile } from './lib/profile.mjs';
import { storePart } from './lib/results.mjs';
import { pick } from './lib/settings.mjs';
import { median } from './lib/statistics.mjs';
import { formatNumber, formatTable } from './lib/table.mjs';
import { floor } from './peers/floor.mjs';

const COUNT = 20_000;
const ROUNDS = pick(25, 5);
const WARM_UPS = 10;
const UNIT = 'µs of CPU a task';
const profileFile = new URL('./lib/profile.mjs', import.meta.url).href;
const identity = (value) => value;

const { ProcessPoolExecutor, ThreadPoolExecutor } = await import('../build/src/index.js');

const runAll = (run) => Promise.all(Array.from({ length: COUNT }, () => run({ a: 1, b: 'hello' })));

/** The CPU time of a process for each task, in microseconds, the median of the rounds. */
async function weigh(run, readUsage = async () => process.cpuUsage()) {
  for (let round = 0; round < WARM_UPS; round += 1) await runAll(run);
  const costs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await readUsage();
    await runAll(run);
    const after = await readUsage();
    costs.push((after.user + after.system - before.user - before.system) / COUNT);
  }
  return median(costs);
}

/** Both at once, so that they saw the same rounds; in the worker a profile starts and ends as a task of its own. */
async function profileBoth(pool, run) {
  const session = new Session();
  session.connect();
  await pool.submit(async (file) => (await import(file)).startHere(), profileFile);
  await startProfile(session);
  for (let round = 0; round < ROUNDS; round += 1) await runAll(run);
  const ofHost = await stopProfile(session);
  const ofWorker = await pool.submit(async (file) => (await import(file)).stopHere(), profileFile);
  session.disconnect();
  return [attribute(ofHost, 'host'), attribute(ofWorker, 'worker')];
}

async function measure(kind, Pool) {
  const pool = new Pool({ maxWorkers: 1 });
  const run = (value) => pool.submit(identity, value);
  const hostUs = await weigh(run);
  const workerUs = kind === 'threads' ? 0 : await weigh(run, () => pool.submit(() => process.cpuUsage()));
  const [host, worker] = await profileBoth(pool, run);
  await pool.shutdown();
  // Threads share one account.
  if (kind === 'threads') tell(kind, ...scale([host, worker], hostUs));
  else tell(kind, ...scale([host], hostUs), ...scale([worker], workerUs));
}

function tell(kind, host, worker) {
  console.log(`\nWhat a task costs with ${kind}, ${UNIT}`);
  for (const [side, { steps }] of Object.entries({ host, worker })) {
    const sum = steps.reduce((total, { us }) => total + us, 0);
    const rows = steps.map(({ name, us }) => [name, formatNumber(us), `${Math.round((us / sum) * 100)} %`]);
    console.log(`\n${formatTable([[side, 'µs', ''], ...rows, ['all', formatNumber(sum), '']]).join('\n')}`);
  }
  const hottest = Object.entries({ host, worker }).flatMap(([side, { functions }]) =>
    functions.slice(0, 10).map((entry) => ({ side, ...entry })),
  );
  const rows = hottest.map(({ side, name, us }) => [`${side}: ${name}`, formatNumber(us)]);
  console.log(`\n${formatTable([['own time of functions', 'µs'], ...rows]).join('\n')}`);
  storePart({
    id: `steps-${kind}`,
    title: `What a task costs with ${kind}`,
    unit: UNIT,
    host: host.steps,
    worker: worker.steps,
    hottest,
  });
}

async function measureFloor() {
  const opened = await floor.open();
  const us = await weigh((value) => opened.run('identity', value));
  console.log(`The floor, a promise and a map entry: ${formatNumber(us)} ${UNIT}`);
  storePart({ id: 'steps-floor', title: 'The floor: a promise and a map entry', unit: UNIT, us });
}

await measureFloor();
await measure('processes', ProcessPoolExecutor);
await measure('threads', ThreadPoolExecutor);
