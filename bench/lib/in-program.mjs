// Measures a pool in a program of its own, for what happens once in a program's life, or fills its memory.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { byName } from '../peers/all.mjs';

const CLOSING_MS = 1000;

/** Pools that are measured by the script itself, started anew with `--one NAME`; `measure` calls `ask(...args)`. */
export function inPrograms(script, pools, { limitMs = 60_000 } = {}) {
  return pools.map((pool) => ({
    ...pool,
    async open() {
      return { ask: (...args) => ask([script, '--one', pool.name, ...args.map(String)], limitMs), close() {} };
    },
  }));
}

/** In such a program: the pool and the arguments; `undefined` in the program that asks. */
export function whichOne() {
  const [flag, name, ...args] = process.argv.slice(2);
  return flag === '--one' ? { pool: byName(name), args } : undefined;
}

/** In such a program: gives what was found and ends at once, whatever the pool still does. */
export function answer(found) {
  process.stdout.write(`\n${JSON.stringify(found)}\n`, () => process.exit(0));
}

async function ask(args, limitMs) {
  const child = spawn(process.execPath, ['--expose-gc', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const [code, signal] = await once(child, 'exit');
  clearTimeout(timer);
  // A worker that outlives its host may hold the pipes open.
  await Promise.race([once(child, 'close'), delay(CLOSING_MS, undefined, { ref: false })]);
  if (code === 0) return JSON.parse(out.trim().split('\n').at(-1));
  const why = err.split('\n').find((line) => /Error/.test(line));
  throw new Error(
    why ?? (signal === 'SIGKILL' ? `nothing within ${limitMs / 1000} s` : `ended with ${code ?? signal}`),
  );
}
