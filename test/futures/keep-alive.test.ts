import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

function runProgram(body: string): { stdout: string; stderr: string; status: number | null } {
  const program = `
    import { asCompleted } from '#src/futures/as-completed.js';
    import { createFuture } from '#src/futures/future.js';
    import { futureSteps } from '#src/futures/future-steps.js';
    import { wait } from '#src/futures/wait.js';
    const future = createFuture({ name: 'open', onCancel: () => false });
    ${body}`;
  const args = ['--input-type=module', '--eval', program];
  return spawnSync(process.execPath, args, { cwd: packageRoot, encoding: 'utf8', timeout: 300_000 });
}

describe('a program that waits for a future', () => {
  const waits = {
    'result()': `await future.result({ timeoutMs: 20 });`,
    'exception()': `await future.exception({ timeoutMs: 20 });`,
    'asCompleted()': `for await (const _ of asCompleted([future], { timeoutMs: 20 }));`,
    'wait()': `const { notDone } = await wait([future], { timeoutMs: 20 });
      if (notDone.has(future)) throw Object.assign(new Error(), { code: 'ERR_TARDIGRADE_TIMEOUT' });`,
  };
  for (const [name, statement] of Object.entries(waits)) {
    it(`stays alive until the timeout of ${name}`, () => {
      const { stdout, status } = runProgram(`try { ${statement} } catch (error) { console.log(error.code); }`);
      assert.equal(stdout, 'ERR_TARDIGRADE_TIMEOUT\n');
      assert.equal(status, 0);
    });
  }

  it('ends as soon as the future is done, whatever the timeouts', () => {
    const { stdout, status } = runProgram(`
      setImmediate(() => futureSteps.fulfil(future, 1));
      await Promise.all([
        future.result({ timeoutMs: 2 ** 31 }),
        wait([future], { timeoutMs: 3_600_000 }),
        asCompleted([future], { timeoutMs: 3_600_000 }).next(),
      ]);
      console.log(process.getActiveResourcesInfo().includes('Timeout'));`);
    assert.equal(stdout, 'false\n');
    assert.equal(status, 0);
  });

  it('ends with the error of a future that nobody observes', () => {
    const { stderr, status } = runProgram(`futureSteps.reject(future, new RangeError('nobody looked'));`);
    assert.match(stderr, /RangeError: nobody looked/);
    assert.equal(status, 1);
  });
});
