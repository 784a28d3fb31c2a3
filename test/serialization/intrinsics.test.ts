import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { captureGetter, SafeMap, uncurry } from '#src/serialization/intrinsics.js';

const program = new URL('../../../test/fixtures/raw/serialization/patched-globals.mjs', import.meta.url);

it("a program that breaks the language's own methods does not break the codec", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(program)]);
  assert.equal(stdout, 'unharmed\n');
});

it('errors of a program that runs with frozen intrinsics arrive as they are, with their submit site', async () => {
  const frozen = new URL('frozen-intrinsics.mjs', program);
  const { stdout } = await promisify(execFile)(process.execPath, ['--frozen-intrinsics', fileURLToPath(frozen)]);
  assert.deepEqual(JSON.parse(stdout), { names: ['RangeError: whole', 'RangeError: partly'], site: true });
});

it('a method as a function takes its object first', () => {
  assert.equal(uncurry(String.prototype.at)('abc', 1), 'b');
});

it('a getter as a function takes its object, and one that is not there is a mistake', () => {
  assert.equal(captureGetter<Map<number, number>, number>(Map.prototype, 'size')(new Map([[1, 2]])), 1);
  assert.throws(() => captureGetter(Map.prototype, 'get'), TypeError);
});

it("a SafeMap keeps working when the Map's prototype is replaced", () => {
  const map = new SafeMap<string, number>();
  const { get } = Map.prototype;
  try {
    Map.prototype.get = () => 'patched';
    map.set('a', 1);
    assert.equal(map.get('a'), 1);
  } finally {
    Map.prototype.get = get;
  }
});
