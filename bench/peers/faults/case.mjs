// One fault on one pool, in a program of its own: node case.mjs <pool> <fault>. Prints what happened as JSON, and exits.
//
// The task that meets the fault is submitted together with four innocent ones behind it; when they are settled, or have had
// their time, two more. Whoever is unsettled then hangs.

import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { faults } from './faults.mjs';
import { pools } from './pools.mjs';

const LIMIT_MS = Number(process.env.FAULTS_LIMIT_MS);
const [poolId, faultId] = process.argv.slice(2);
const pool = pools.find(({ id }) => id === poolId);
const fault = faults.find(({ id }) => id === faultId);

let uncaught;
process.on('uncaughtException', (error) => {
  uncaught ??= String(error?.message ?? error);
});

function submit(opened, { task, value, limitMs }) {
  try {
    const promise = limitMs === undefined ? opened.run(task, value) : opened.runLimited(task, value, limitMs);
    return watch(promise);
  } catch (reason) {
    return { status: 'rejected', reason, settled: Promise.resolve() };
  }
}

function watch(promise) {
  const state = { status: 'pending', value: undefined, reason: undefined, settled: undefined };
  state.settled = promise.then(
    (value) => Object.assign(state, { status: 'fulfilled', value }),
    (reason) => Object.assign(state, { status: 'rejected', reason }),
  );
  return state;
}

const settleAll = (states) => Promise.race([Promise.all(states.map(({ settled }) => settled)), delay(LIMIT_MS)]);

function tellInnocent(states, expected) {
  return states.map((state, index) => {
    if (state.status === 'pending') return 'hang';
    if (state.status === 'rejected') return 'lost';
    return state.value === expected[index] ? 'right' : 'wrong';
  });
}

function tellGuilty(state) {
  if (state.status === 'pending') return 'hang';
  const wrong = fault.judge(state);
  return wrong === undefined ? 'right' : `wrong: ${wrong}`;
}

async function meetFault(opened) {
  if (fault.limitMs !== undefined && opened.runLimited === undefined) return { none: 'no limit offered' };
  // The worker is up, unless the fault is that it cannot be.
  if (fault.module === undefined) await opened.run('echo', 0);
  const front = fault.behind ? [submit(opened, { task: 'echo', value: 'in front' })] : [];
  const guilty = submit(opened, fault);
  if (fault.pauseMs !== undefined) {
    await settleAll([guilty]);
    await delay(fault.pauseMs);
  }
  const queued = ['A', 'B', 'C', 'D'];
  const behind = queued.map((value) => submit(opened, { task: 'echo', value }));
  await settleAll([guilty, ...front, ...behind]);
  const stalled = [...front, ...behind].filter(({ status }) => status === 'pending');
  const later = ['E', 'F'];
  const after = later.map((value) => submit(opened, { task: 'echo', value }));
  await settleAll(after);
  const innocent = fault.module === undefined;
  const runs = readFileSync(process.env.FAULTS_RUNS, 'utf8').length;
  const tell = (states, expected) =>
    innocent ? tellInnocent(states, expected) : states.map((state) => (state.status === 'pending' ? 'hang' : 'right'));
  return {
    guilty: tellGuilty(guilty),
    behind: tell([...front, ...behind], [...(fault.behind ? ['in front'] : []), ...queued]),
    after: tell(after, later),
    stalled: stalled.filter(({ status }) => status !== 'pending').length,
    runs: fault.once && runs > 1 ? runs : undefined,
    uncaught,
  };
}

/** The program that looks for orphans kills this one, or lets it exit. */
async function leaveBusyWorker(opened) {
  const pid = await opened.run('pid');
  void opened.run('loop').catch?.(() => {});
  while (readFileSync(process.env.FAULTS_RUNS, 'utf8').length === 0) await delay(10);
  process.stdout.write(`${JSON.stringify({ worker: pid })}\n`);
  if (fault.orphans === 'exit') process.exit(0);
  process.kill(process.pid, fault.orphans);
}

process.env.FAULTS_HOST = String(process.pid);
if (fault.module !== undefined) process.env.FAULTS_MODULE = fault.module;
appendFileSync(process.env.FAULTS_RUNS, '');
const opened = await pool.open();
if (fault.orphans !== undefined) await leaveBusyWorker(opened);
else process.stdout.write(`${JSON.stringify(await meetFault(opened))}\n`, () => process.kill(process.pid, 'SIGKILL'));
