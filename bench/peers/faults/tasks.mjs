// What the workers of every pool are asked to do. Each takes one value. The first to run writes that it did, so that a task
// which is run more than once is seen.

import { appendFileSync } from 'node:fs';

function noteRun() {
  appendFileSync(process.env.FAULTS_RUNS, 'x');
}

const never = () => new Promise(() => {});

export function echo(value) {
  return value;
}

export function pid() {
  return process.pid;
}

export function exit(code) {
  noteRun();
  process.exit(code);
}

export function abort() {
  noteRun();
  process.abort();
}

export function killSelf(signal) {
  noteRun();
  process.kill(process.pid, signal);
  return never();
}

export function fillHeap() {
  noteRun();
  const kept = [];
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index })));
}

export function loop() {
  noteRun();
  for (;;);
}

export function throwLater() {
  noteRun();
  setTimeout(() => {
    throw new Error('thrown in a timer');
  }, 10);
  return never();
}

export function rejectLater() {
  noteRun();
  setTimeout(() => void Promise.reject(new Error('rejected, nobody listens')), 10);
  return never();
}

export function recurse() {
  noteRun();
  const deeper = (n) => deeper(n + 1) + 1;
  return deeper(0);
}

export function throwNull() {
  throw null;
}

export function throwUndefined() {
  throw undefined;
}

export function throwObject() {
  throw { code: 7 };
}

class OddError extends TypeError {
  constructor(message, options) {
    super(message, options);
    this.name = 'OddError';
    this.code = 'E_ODD';
    this.details = { at: new Date(0) };
  }
}

export function throwRich() {
  throw new OddError('odd', { cause: new RangeError('the cause') });
}

export function giveUnclonable() {
  return { map: new WeakMap() };
}

export function exitSoon(value) {
  setTimeout(() => process.exit(1), 50);
  return value;
}
