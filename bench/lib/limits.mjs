// What stands in the way of a goal that is not reached: what the limit is, by profile, and what was tried. It is told below the
// table of goals, by the goal's text, as long as the goal is missed; a goal that is reached keeps its words for later.

const HOST =
  'The host, on one core, is the limit: the table of steps divides what a task costs it. Collecting garbage, scheduling and writing take a ' +
  'fifth each, nothing else stands out; a task leaves a future, a call, a record, an async resource and its bytes behind. Tried: answers that ' +
  'are kept and told many at a time (0011), tables of blocks instead of maps, futures without controllers, larger frames. The fastest other ' +
  'pool posts one message a task, takes nothing back and loses what it holds with a worker.';
const FLOOR =
  'A promise and a map entry are what a pool in the same thread would need. Bytes, a frame, a schedule that can take tasks back and an answer cost more than ' +
  'that by themselves: see the table of steps.';
const COLD =
  'By the second table a quarter is the import. A worker loads the wire, the codec and what makes functions of text, 257 KB in three files, where the others load ' +
  'a few lines: `npm run bench -- start` compares it with bare Node. Tried: CommonJS in place of ES modules, what is rarely needed loaded late, ' +
  'fewer modules of Node (0016). Not tried: starting a worker before the call is packed.';

export const LIMITS = {
  'processes ≥ 5 × the best process peer': HOST,
  'processes ≥ 4 × the best thread peer': HOST,
  'threads ≥ 5 × the best thread peer': HOST,
  'processes ≥ 0.4 × the floor': FLOOR,
  'threads ≥ 0.4 × the floor': FLOOR,
  'processes ≤ 0.7 × the best process peer':
    'Rounds differ by more than the goal: what counts is whether the system keeps both sides on one CPU, where waking costs little, and staying awake ' +
    'gains nothing (0015). Beyond a bare pipe a task takes a claim there and back, two system calls, which is what allows to take it back at any time (0003).',
  'processes: first result from cold ≤ the fastest peer of its kind': COLD,
  'threads: first result from cold ≤ the fastest peer of its kind': COLD,
};
