/**
 * A reporter for node's test runner that writes what `run-file.mjs` needs, a JSON record a line. The last record is
 * `end`: a file whose process died, or called `process.exit`, has none.
 */

import { inspect } from 'node:util';

/** A parent whose subtests failed, or that was cancelled with them, has nothing to say of its own. */
const ECHOES = new Set(['subtestsFailed']);

function describe(error) {
  return inspect(error?.code === 'ERR_TEST_FAILURE' && error.cause instanceof Error ? error.cause : error, {
    depth: 4,
  });
}

/** Turns the runner's events into lines. */
export default async function* report(source) {
  for await (const { type, data } of source) {
    let record;
    if (type === 'test:fail' && data.todo === undefined && !ECHOES.has(data.details.error?.failureType)) {
      record = { kind: 'failure', name: data.name, error: describe(data.details.error) };
    } else if (type === 'test:pass' && data.skip !== undefined) {
      record = { kind: 'skipped', name: data.name, reason: data.skip };
    } else if (type === 'test:diagnostic') {
      const [, name, value] = /^(\w+) (\d+)$/.exec(data.message) ?? [];
      if (name !== undefined) record = { kind: 'count', name, value: Number(value) };
    }
    if (record !== undefined) yield `${JSON.stringify(record)}\n`;
  }
  yield `${JSON.stringify({ kind: 'end' })}\n`;
}
