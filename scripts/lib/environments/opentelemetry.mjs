/**
 * Runs examples/opentelemetry as a user would, and looks at the spans that it printed.
 *
 * Guarantees: every span of the program and of its workers is of one trace and hangs where it belongs.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The example with its packages, in a folder of its own. */
function install(root, folder) {
  const example = join(root, 'examples/opentelemetry');
  const lock = 'package-lock.json';
  const isCurrent =
    existsSync(join(folder, 'node_modules/@opentelemetry/api')) &&
    readFileSync(join(folder, lock), 'utf8') === readFileSync(join(example, lock), 'utf8');
  mkdirSync(folder, { recursive: true });
  cpSync(example, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  if (!isCurrent) {
    const options = { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' };
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], options);
    assert.equal(status, 0, 'the example could not be installed');
  }
  const link = join(folder, 'node_modules/tardigrade');
  rmSync(link, { recursive: true, force: true });
  symlinkSync(root, link, 'dir');
}

function checkSpans(spans) {
  const one = (name) => {
    const found = spans.filter((span) => span.name === name);
    assert.equal(found.length, 1, `${found.length} spans named ${name}`);
    return found[0];
  };
  const request = one('request');
  assert.equal(request.parent, undefined);
  for (const { traceId } of spans) assert.equal(traceId, request.traceId);
  const expected = { resize: 'finished', square: 'finished', divide: 'failed', 'try again': 'finished', crash: 'lost' };
  for (const [name, outcome] of Object.entries(expected)) {
    const { where, parent, attributes, events, status } = one(name);
    assert.deepEqual([where, parent], ['program', request.spanId]);
    assert.equal(attributes['tardigrade.outcome'], outcome);
    assert.equal(attributes['tardigrade.executor'], 'images');
    assert.equal(attributes['tardigrade.worker'], name === 'try again' || name === 'crash' ? 2 : 1);
    assert.equal(attributes['tardigrade.attempt'], name === 'try again' ? 2 : 1);
    assert.equal(attributes['tardigrade.items'], name === 'square' ? 3 : undefined);
    // As OpenTelemetry numbers them: unset, and error.
    assert.equal(status.code, outcome === 'finished' ? 0 : 2);
    assert.equal(events.filter((event) => event.name === 'exception').length, outcome === 'finished' ? 0 : 1);
  }
  const [refusal] = one('divide').events.filter((event) => event.name === 'exception');
  assert.equal(refusal['exception.message'], 'division by zero');
  assert.deepEqual(
    one('try again').events.map((event) => event.name),
    ['started', 'requeued', 'started'],
  );
  for (const [name, task] of Object.entries({ decode: 'resize', 'second attempt': 'try again' })) {
    const { where, parent } = one(name);
    assert.deepEqual([where, parent], ['worker', one(task).spanId], `${name} hangs below ${task}`);
  }
  assert.equal(spans.length, 8);
}

/** The environment: it is right when its spans are. */
export function openTelemetryEnvironment(root) {
  const folder = join(root, 'build/opentelemetry');
  return {
    build: () => install(root, folder),
    run: ['node', join(folder, 'program.mjs')],
    check(stdout) {
      const lines = stdout.split('\n').filter((line) => line.startsWith('SPAN '));
      checkSpans(lines.map((line) => JSON.parse(line.slice('SPAN '.length))));
    },
  };
}
