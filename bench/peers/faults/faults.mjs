// The faults: what is submitted, and what must come of it. `rejects` and `equals` judge the task that meets the fault; the
// innocent ones around it must give what they were given, whatever happens.

import { isDeepStrictEqual } from 'node:util';

/** Any rejection will do. */
const rejects = (settled) => (settled.status === 'rejected' ? undefined : `resolved with ${show(settled.value)}`);

const rejectsWith = (thrown) => (settled) => {
  if (settled.status === 'fulfilled') return `resolved with ${show(settled.value)}`;
  return isDeepStrictEqual(settled.reason, thrown) ? undefined : `rejected with ${show(settled.reason)}`;
};

const equals = (expected) => (settled) => {
  if (settled.status === 'rejected') return `rejected: ${show(settled.reason)}`;
  return isDeepStrictEqual(settled.value, expected) ? undefined : `resolved with ${show(settled.value)}`;
};

/** Rejected where others only reject is right too: a value that cannot travel is refused. */
const arrivesOrIsRefused = (value) => (settled) => (settled.status === 'rejected' ? undefined : equals(value)(settled));

function keepsError(settled) {
  if (settled.status === 'fulfilled') return `resolved with ${show(settled.value)}`;
  const { name, message, code, details, cause } = settled.reason ?? {};
  const lost = [
    name === 'OddError' ? '' : 'name',
    String(message) === 'odd' ? '' : 'message',
    code === 'E_ODD' ? '' : 'code',
    isDeepStrictEqual(details, { at: new Date(0) }) ? '' : 'own properties',
    cause?.message === 'the cause' ? '' : 'cause',
  ].filter(Boolean);
  return lost.length === 0 ? undefined : `lost: ${lost.join(', ')}`;
}

/** On one line. */
function show(value) {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? String(value));
  return text.replaceAll(/\s+/g, ' ').slice(0, 60);
}

const processesOnly = ['processes'];
const MAP = new Map([
  ['when', new Date(0)],
  ['nothing', Number.NaN],
]);

/** In the order of the table. `once`: the task must not run twice. */
export const faults = [
  { id: 'exit-0', title: '`process.exit(0)` in a task', task: 'exit', value: 0, judge: rejects, once: true },
  { id: 'exit-3', title: '`process.exit(3)` in a task', task: 'exit', value: 3, judge: rejects, once: true },
  {
    id: 'sigkill',
    title: 'SIGKILL while it runs',
    task: 'killSelf',
    value: 'SIGKILL',
    judge: rejects,
    once: true,
    kinds: processesOnly,
  },
  {
    id: 'sigsegv',
    title: 'SIGSEGV while it runs',
    task: 'killSelf',
    value: 'SIGSEGV',
    judge: rejects,
    once: true,
    kinds: processesOnly,
  },
  { id: 'abort', title: '`process.abort()`', task: 'abort', judge: rejects, once: true, kinds: processesOnly },
  { id: 'heap', title: 'heap exhaustion, with a limit', task: 'fillHeap', judge: rejects, once: true },
  { id: 'loop', title: 'endless loop, with a time limit', task: 'loop', judge: rejects, once: true, limitMs: 1000 },
  { id: 'throw-later', title: 'a timer throws', task: 'throwLater', judge: rejects, once: true },
  { id: 'reject-later', title: 'a rejection that nobody handles', task: 'rejectLater', judge: rejects, once: true },
  { id: 'recursion', title: 'endless recursion', task: 'recurse', judge: rejects, once: true },
  {
    id: 'idle-exit',
    title: 'the worker exits while idle',
    task: 'exitSoon',
    value: 1,
    judge: equals(1),
    pauseMs: 1500,
  },
  {
    id: 'argument',
    title: 'argument that cannot be cloned',
    task: 'echo',
    value: { map: new WeakMap() },
    judge: rejects,
  },
  {
    id: 'argument-queued',
    title: 'the same, behind another task',
    task: 'echo',
    value: { map: new WeakMap() },
    judge: rejects,
    behind: true,
  },
  { id: 'result', title: 'result that cannot be cloned', task: 'giveUnclonable', judge: rejects },
  {
    id: 'map',
    title: 'a Map with a Date and NaN, there and back',
    task: 'echo',
    value: MAP,
    judge: arrivesOrIsRefused(MAP),
  },
  { id: 'throw-null', title: '`throw null`', task: 'throwNull', judge: rejectsWith(null) },
  { id: 'throw-undefined', title: '`throw undefined`', task: 'throwUndefined', judge: rejectsWith(undefined) },
  { id: 'throw-object', title: '`throw { code: 7 }`', task: 'throwObject', judge: rejectsWith({ code: 7 }) },
  { id: 'throw-rich', title: 'error with name, code, cause, own properties', task: 'throwRich', judge: keepsError },
  {
    id: 'module',
    title: 'the module of tasks does not load',
    task: 'echo',
    value: 1,
    judge: rejects,
    module: 'broken',
  },
  { id: 'host-exits', title: 'the host exits, a worker is busy', orphans: 'exit', kinds: processesOnly },
  { id: 'host-killed', title: 'the host is killed, a worker is busy', orphans: 'SIGKILL', kinds: processesOnly },
];
