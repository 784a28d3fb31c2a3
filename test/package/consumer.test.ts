/**
 * What a user's project meets: the packed tarball, installed, loaded in each way and compiled against.
 */

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createConsumer, type Outcome } from './consumer.js';

function readPrinted({ status, stdout, stderr }: Outcome): unknown {
  assert.equal(status, 0, stdout + stderr);
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

function assertCompiles(outcome: Outcome): void {
  assert.equal(outcome.stdout + outcome.stderr, '');
  assert.equal(outcome.status, 0);
}

describe('a project that has installed the packed package', () => {
  const consumer = createConsumer();
  after(() => consumer[Symbol.dispose]());

  it('runs a pool from an ES module', () => {
    assert.deepEqual(readPrinted(consumer.runNode('esm.mjs')), { results: [144, 2, 2, 4], elsewhere: true });
  });

  it('runs a pool from a CommonJS script', () => {
    assert.deepEqual(readPrinted(consumer.runNode('commonjs.cjs')), { results: [144, 2, 2, 4], elsewhere: true });
  });

  it('compiles strictly to an ES module that runs a pool', () => {
    assertCompiles(consumer.compile('out-esm', { files: ['typescript.ts', 'tasks.ts'] }));
    const results = [144, 2, 'task named 1', 2, 4, 9, 'lost 3'];
    assert.deepEqual(readPrinted(consumer.runNode('out-esm/typescript.js')), { results });
  });

  it('compiles strictly to CommonJS that runs a pool', () => {
    assertCompiles(consumer.compile('out-cjs', { files: ['commonjs-typescript.cts'] }));
    assert.deepEqual(readPrinted(consumer.runNode('out-cjs/commonjs-typescript.cjs')), { results: [2, 2, 4] });
  });

  it('injects faults and simulates workers with tardigrade/testing from an ES module, from CommonJS and from TypeScript', () => {
    assert.deepEqual(readPrinted(consumer.runNode('testing-esm.mjs')), {
      results: ['SIGKILL', 4, 1, 'TimeoutError', 'closed'],
    });
    assert.deepEqual(readPrinted(consumer.runNode('testing-commonjs.cjs')), { results: [9, 4, 1, 9, 1500] });
    assertCompiles(consumer.compile('out-testing', { files: ['testing-typescript.ts'] }));
    assert.deepEqual(readPrinted(consumer.runNode('out-testing/testing-typescript.js')), {
      results: [2, 1, 'lunch', 'sulk', 'TimeoutError', '5', 'object'],
    });
  });

  it('compiles for a bundler, too', () => {
    assertCompiles(consumer.compile('out-bundler', { files: ['typescript.ts', 'tasks.ts'], module: 'preserve' }));
  });

  it('does not compile with wrong types of arguments, items, results or options', () => {
    assertCompiles(consumer.compile('out-wrong', { files: ['wrong-types.ts'] }));
  });
});
