import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { wallClock } from '#src/base/clock.js';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

function runProgram(body: string): string {
  const program = `import { createKeepAlive, wallClock } from '#src/base/clock.js'; ${body}`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout, status } = spawnSync(process.execPath, args, {
    cwd: packageRoot,
    encoding: 'utf8',
    timeout: 300_000,
  });
  assert.equal(status, 0);
  return stdout;
}

describe('the wall clock', () => {
  it('never goes back', () => {
    const times = Array.from({ length: 1_000 }, () => wallClock.nowMs());
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  it('fires a timer once, and one that was stopped never', async () => {
    const fired: string[] = [];
    wallClock.startTimer(1, () => fired.push('stopped')).stop();
    await new Promise<void>((resolve) => {
      wallClock.startTimer(1, () => fired.push('first'));
      wallClock.startTimer(2, resolve, { keepAlive: true });
    });
    assert.deepEqual(fired, ['first']);
  });

  it('keeps the program alive for a timer only when told to', () => {
    assert.equal(runProgram(`wallClock.startTimer(3_600_000, () => console.log('fired'));`), '');
    assert.equal(runProgram(`wallClock.startTimer(20, () => console.log('fired'), { keepAlive: true });`), 'fired\n');
  });

  it('does not fire at once when the delay is longer than the timers of Node can hold', () => {
    const program = `
      wallClock.startTimer(2 ** 40, () => console.log('too early'));
      wallClock.startTimer(20, () => console.log('end'), { keepAlive: true });`;
    assert.equal(runProgram(program), 'end\n');
  });

  it('lets the program end while nobody holds it', () => {
    const program = `
      const keepAlive = createKeepAlive();
      keepAlive.hold();
      wallClock.startTimer(20, () => { console.log('held'); keepAlive.release(); });`;
    assert.equal(runProgram(program), 'held\n');
  });
});
