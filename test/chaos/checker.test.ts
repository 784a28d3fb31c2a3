import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRound } from './checker.js';
import { parseLedger } from './ledger.js';
import type { PlannedTask, RoundPlan } from './plan.js';
import type { RoundRecord, Settlement } from './records.js';

const planned = (id: number, retries = 0): PlannedTask => ({
  order: { id, wait: 'none', waitMs: 0, ends: 'returns', fate: undefined },
  retries,
  timeoutMs: undefined,
  abortAfter: undefined,
});

const plan = (tasks: readonly PlannedTask[]): RoundPlan => ({
  seed: 1,
  kind: 'process',
  maxWorkers: 1,
  minWorkers: 0,
  maxTasksPerWorker: null,
  idleTimeoutMs: null,
  tasks,
  strikes: 0,
  meanStrikeMs: 0,
  strikesAt: 'workers',
  ending: { how: 'shutdown', afterSettled: 0 },
});

const result = (task: number, attempt = 1): Settlement => ({
  task,
  outcome: 'result',
  attempt,
  losses: [],
  detail: '',
});
const lost = (task: number, ...workers: number[]): Settlement => ({
  task,
  outcome: 'lost',
  attempt: undefined,
  losses: workers.map((worker, index) => ({ attempt: index + 1, worker })),
  detail: '',
});
const ended = (task: number, outcome: Settlement['outcome']): Settlement => ({ ...lost(task), outcome });

/** What the checker finds. The ledger's lines stand between commas. */
function find(ledger: string, settlements: readonly Settlement[], more: Partial<RoundRecord> = {}): readonly string[] {
  const lines = parseLedger(ledger === '' ? '' : `${ledger.split(', ').join('\n')}\n`);
  const ids = new Set(settlements.map(({ task }) => task));
  const record: RoundRecord = {
    plan: plan([...ids].map((id) => planned(id))),
    settlements,
    strikes: [],
    hang: undefined,
    leftovers: [],
    workersStarted: 1,
    workersLost: 0,
    ...more,
  };
  return checkRound(record, lines).violations;
}

const DONE = '0 1 begin 5, 0 1 end 5';
const KILLED = { strikes: [{ worker: 5, how: 'SIGKILL' }] };

const RIGHT: [string, readonly string[]][] = [
  ['a task that ran', find(DONE, [result(0)])],
  ['a task that was running when its worker was killed', find('0 1 begin 5', [lost(0, 5)], KILLED)],
  ['one that killed its worker itself', find('0 1 begin 5, 0 1 die 5', [lost(0, 5)])],
  ['one that was taken, but wrote nothing', find('', [lost(0, 5)], KILLED)],
  ['one whose answer may not have been written', find(DONE, [lost(0, 5)], KILLED)],
  [
    'one that was tried again as it may be',
    find('0 1 begin 5, 0 2 begin 6, 0 2 end 6', [result(0, 2)], { ...KILLED, plan: plan([planned(0, 1)]) }),
  ],
];

for (const [what, violations] of RIGHT) {
  test(`the checker accepts ${what}`, () => assert.deepEqual(violations, []));
}

const WRONG: [string, readonly string[], RegExp][] = [
  ['a future that is never settled', find('', [], { plan: plan([planned(0)]) }), /settled 0 times/],
  ['a future that is settled twice', find(DONE, [result(0), result(0)]), /settled 2 times/],
  ['an attempt that begins twice', find(`${DONE}, 0 1 begin 6`, [result(0)]), /begun twice/],
  [
    'a second attempt that nobody allowed',
    find(`0 1 begin 5, 0 2 begin 6, 0 2 end 6`, [result(0, 2)], KILLED),
    /began 2 times/,
  ],
  ['the result of a task that never ran', find('', [result(0)]), /did not run to its end/],
  [
    'two tasks at once',
    find('0 1 begin 5, 1 1 begin 5, 0 1 end 5, 1 1 end 5', [result(0), result(1)]),
    /while task 0\/1 was running/,
  ],
  [
    'a result lost although the next task had begun',
    find(`${DONE}, 1 1 begin 5`, [lost(0, 5), result(1)], KILLED),
    /had finished it and begun another/,
  ],
  [
    'a result lost although it was written',
    find(`${DONE}, 0 1 after 5`, [lost(0, 5)], KILLED),
    /although it had answered/,
  ],
  [
    'two tasks for one death',
    find('0 1 begin 5', [lost(0, 5), lost(1, 5)], KILLED),
    /died once and cost tasks 0\/1, 1\/1/,
  ],
  [
    'a held task that is blamed',
    find('0 1 begin 5', [ended(0, 'cancelled'), lost(1, 5)], KILLED),
    /died under task 0\/1, yet it cost 1\/1/,
  ],
  [
    'the wrong worker',
    find('0 1 begin 5', [lost(0, 6)], { strikes: [{ worker: 6, how: 'SIGKILL' }] }),
    /yet 6 is blamed/,
  ],
  ['a death that nobody caused', find('0 1 begin 5', [lost(0, 5)]), /that nobody killed/],
  ['a cancelling that nobody wanted', find('', [ended(0, 'cancelled')]), /cancelled by nobody/],
  ['a limit that nobody set', find('0 1 begin 5', [ended(0, 'timed out')]), /timed out, without a limit/],
  ['a shutdown that nobody wanted', find('', [ended(0, 'shut down')]), /unasked/],
  ['another end', find('', [ended(0, 'unexpected')]), /cannot have/],
  ['a hang', find('', [], { hang: 'all stands still' }), /hang: all stands still/],
  ['leftovers', find('', [], { leftovers: ['process 7'] }), /left behind: process 7/],
];

for (const [what, violations, expected] of WRONG) {
  test(`the checker finds ${what}`, () => assert.match(violations.join('\n'), expected));
}

test('a ledger with a line that no task writes cannot be read', () => {
  assert.throws(() => parseLedger('1 1 begin'), /torn/);
  assert.throws(() => parseLedger('1 1 begins 5\n'), /no task writes/);
});
