// What does async context cost a task: the AsyncResource that each has, and stores that are carried into it?
// node --expose-gc bench/context.mjs  (after `npm run build`)

import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { ProcessPoolExecutor } from 'tardigrade';
import { summarize } from './lib/statistics.mjs';
import { formatNumber, formatTable } from './lib/table.mjs';

const MADE = 1_000_000;
const TASKS = 5_000;
const ROUNDS = 11;

/** What a call does with its scope: it is made with it, and settles in it. */
class WithScope {
  scope = new AsyncResource('TARDIGRADE_TASK');
  value = 0;
  settle(value) {
    this.scope.runInAsyncScope(this.keep, this, value);
  }
  keep(value) {
    this.value = value;
  }
}

class WithoutScope {
  scope = undefined;
  value = 0;
  settle(value) {
    this.keep(value);
  }
  keep(value) {
    this.value = value;
  }
}

/** Processor time, not the clock's: others use this machine, too. */
function cpuNsEach(Kind) {
  globalThis.gc?.();
  const before = process.cpuUsage();
  let sum = 0;
  for (let count = 0; count < MADE; count += 1) {
    const one = new Kind();
    one.settle(count);
    sum += one.value;
  }
  const { user, system } = process.cpuUsage(before);
  if (sum !== (MADE * (MADE - 1)) / 2) throw new Error('A call gave a wrong answer.');
  return ((user + system) * 1000) / MADE;
}

console.log(`\nThe AsyncResource of a task, made and entered once, ${ROUNDS} rounds\n`);
const differences = [];
for (let round = -1; round < ROUNDS; round += 1) {
  const [first, second] = round % 2 === 0 ? [WithScope, WithoutScope] : [WithoutScope, WithScope];
  const ns = new Map();
  for (const Kind of [first, second]) ns.set(Kind, cpuNsEach(Kind));
  // The first warms up.
  if (round >= 0) differences.push(ns.get(WithScope) - ns.get(WithoutScope));
}
const { median, min, max } = summarize(differences);
console.log(`${median.toFixed(0)} ns of processor time a task (${min.toFixed(0)} to ${max.toFixed(0)})`);

console.log(`\n${formatNumber(TASKS)} tasks at once that do nothing, one process, ${ROUNDS} rounds\n`);
const storage = new AsyncLocalStorage();
const identity = (x) => x;
const context = { requestId: storage };
const cases = [
  { name: 'no context', options: {}, store: 'r-4711' },
  { name: 'context, its store empty', options: { context }, store: undefined },
  { name: 'context, a short text', options: { context }, store: 'r-4711' },
].map((one) => ({ ...one, pool: new ProcessPoolExecutor({ maxWorkers: 1, ...one.options }), rates: [] }));

async function rateOf({ pool, store }) {
  globalThis.gc?.();
  const startMs = performance.now();
  await storage.run(store, () => Promise.all(Array.from({ length: TASKS }, (_, n) => pool.submit(identity, n))));
  return TASKS / ((performance.now() - startMs) / 1000);
}

for (let round = -2; round < ROUNDS; round += 1) {
  for (const one of round % 2 === 0 ? cases : [...cases].reverse()) {
    const rate = await rateOf(one);
    if (round >= 0) one.rates.push(rate);
  }
}
await Promise.all(cases.map(({ pool }) => pool.shutdown()));
const [plain] = cases;
const rows = cases.map(({ name, rates }) => {
  const share = summarize(rates.map((rate, round) => rate / plain.rates[round]));
  return [
    name,
    formatNumber(summarize(rates).median),
    share.median.toFixed(2),
    share.min.toFixed(2),
    share.max.toFixed(2),
  ];
});
console.log(formatTable([['', 'tasks/s', 'share', 'min', 'max'], ...rows]).join('\n'));
console.log(`\nNode ${process.versions.node}`);
