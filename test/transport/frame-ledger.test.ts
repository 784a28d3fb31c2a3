import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#src/base/clock.js';
import { FrameLedger } from '#src/transport/frame-ledger.js';
import { layOutFrames } from '#src/transport/frames.js';
import type { KeptFrames } from '#src/transport/kept-frames.js';

/** Frames that say their own number. */
function frames(...numbers: readonly number[]): Buffer {
  return Buffer.concat(layOutFrames(numbers.map((a) => ({ kind: 1, a, b: 0, body: Buffer.from([a]) }))));
}

function makeLedger() {
  const heard: number[] = [];
  const faults: string[] = [];
  const timers: (() => void)[] = [];
  const page: { kept: KeptFrames | undefined; reads: number } = { kept: undefined, reads: 0 };
  const clock: Clock = {
    nowMs: () => 0,
    startTimer(_delayMs, onFire) {
      timers.push(onFire);
      return { stop: () => void timers.splice(timers.indexOf(onFire), 1) };
    },
  };
  const ledger = new FrameLedger({
    clock,
    readKept: () => {
      page.reads += 1;
      return page.kept;
    },
    onFrame: (_kind, a, _b, body) => {
      assert.equal(body[0], a);
      heard.push(a);
    },
    onFault: (message) => faults.push(message),
  });
  const take = (number: number): void => ledger.take(1, number, 0, Buffer.from([number]));
  const keep = (told: number, ...numbers: readonly number[]): void => {
    page.kept = { told, bytes: frames(...numbers) };
  };
  return { ledger, take, keep, heard, faults, timers, page, fire: () => timers.shift()?.() };
}

test('what was fetched is not heard again when it comes by the link', () => {
  const { ledger, take, keep, heard } = makeLedger();
  take(1);
  keep(1, 2, 3);
  ledger.fetch();
  assert.deepEqual(heard, [1, 2, 3]);
  for (const number of [2, 3, 4]) take(number);
  assert.deepEqual(heard, [1, 2, 3, 4]);
});

test('of what is kept, only what has not been heard is heard', () => {
  const { ledger, take, keep, heard } = makeLedger();
  for (const number of [1, 2, 3]) take(number);
  keep(1, 2, 3, 4);
  ledger.fetch();
  ledger.fetch();
  assert.deepEqual(heard, [1, 2, 3, 4]);
});

test('what is kept waits for what left before it', () => {
  const { ledger, take, keep, heard } = makeLedger();
  keep(2, 3);
  ledger.fetch();
  assert.deepEqual(heard, []);
  take(1);
  take(2);
  ledger.fetch();
  assert.deepEqual(heard, [1, 2, 3]);
});

test('a worker that holds several tasks and is silent is looked after, until it holds one', () => {
  const { ledger, take, keep, heard, fire, timers, page } = makeLedger();
  let holds = 3;
  ledger.watch(() => holds > 1);
  ledger.watch(() => holds > 1);
  assert.equal(timers.length, 1);
  take(1);
  fire();
  assert.equal(page.reads, 0, 'it was heard meanwhile');
  keep(1, 2);
  fire();
  assert.deepEqual(heard, [1, 2]);
  holds = 1;
  fire();
  assert.equal(timers.length, 0);
});

test('a ledger that is closed looks no more', () => {
  const { ledger, timers } = makeLedger();
  ledger.watch(() => true);
  ledger.close();
  ledger.watch(() => true);
  assert.equal(timers.length, 0);
});

test('what is kept and is no frame is a fault, and what came before it is heard', () => {
  const { ledger, heard, faults, page } = makeLedger();
  page.kept = { told: 0, bytes: Buffer.concat([frames(1), Buffer.alloc(40, 'garbage')]) };
  ledger.fetch();
  assert.deepEqual(heard, [1]);
  assert.equal(faults.length, 1);
});
