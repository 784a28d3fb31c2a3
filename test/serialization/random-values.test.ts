import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createCodec } from '#src/serialization/codec.js';
import { fakePort } from './fake-port.js';
import { createRandom, type Random } from './random.js';

class Node {
  next: unknown;
  label = '';
}
class Bag extends Set<unknown> {}
class Fault extends RangeError {}

const codec = createCodec({ functions: fakePort({ 'file:///m.mjs': { Node, Bag, Fault } }) });
const OPTIONS = { direction: 'argument', root: 'args' } as const;
const KEYS = [
  'a',
  'b',
  'name',
  'x y',
  '',
  '__proto__',
  '0',
  '12',
  'constructor',
  'é',
  '日',
  'toJSON',
  'then',
  'length',
];
const LEAVES: readonly ((random: Random) => unknown)[] = [
  (r) => r.below(300) - 150,
  (r) => (r.below(2 ** 31) - 2 ** 30) * 2 ** r.below(20),
  (r) => r.below(1000) / 7,
  (r) => r.pick([NaN, -0, Infinity, -Infinity, undefined, null, true, false, '']),
  (r) => BigInt(r.below(2 ** 31)) ** BigInt(r.below(6)) * (r.below(2) === 0 ? 1n : -1n),
  (r) => String.fromCharCode(...Array.from({ length: r.below(80) }, () => r.below(r.pick([128, 256, 65536])))),
  (r) => r.pick([Symbol.iterator, Symbol.for('x'), Math.max, Node]),
  (r) => new Date(r.below(2 ** 31) * 1000),
  (r) => r.pick([/a/, /b+/gi, /(?<n>c)/su]),
  (r) => Uint8Array.from({ length: r.below(100) }, () => r.below(256)),
  (r) => Float64Array.from({ length: r.below(20) }, () => r.below(256) / 3),
  (r) => Buffer.alloc(r.below(50), 'x'),
  (r) => Array.from({ length: r.below(100) }, (_, i) => i * r.below(3)),
  (r) => Array.from({ length: r.below(100) }, (_, i) => i / 3),
];

/** A random graph: what was made before may stand anywhere again, itself included. */
function makeValue(random: Random): unknown {
  const made: unknown[] = [];
  const make = (depth: number): unknown => {
    if (made.length > 0 && random.below(10) === 0) return random.pick(made);
    if (depth === 0 || random.below(3) === 0) return random.pick(LEAVES)(random);
    return random.pick(CONTAINERS)(
      random.below(5),
      () => make(depth - 1),
      (container) => made.push(container),
    );
  };
  const key = (): string => random.pick(KEYS);
  const fill = (object: object, size: number, child: () => unknown): void => {
    for (let i = 0; i < size; i++) {
      Object.defineProperty(object, key(), { value: child(), writable: true, enumerable: true, configurable: true });
    }
  };
  type Make = (size: number, child: () => unknown, note: (container: unknown) => void) => unknown;
  const keyed =
    (create: () => object): Make =>
    (size, child, note) => {
      const object = create();
      note(object);
      fill(object, size, child);
      return object;
    };
  const CONTAINERS: readonly Make[] = [
    keyed(() => ({})),
    keyed(() => ({})),
    keyed(() => Object.create(null) as object),
    keyed(() => new Node()),
    (size, child, note) => {
      const list: unknown[] = new Array(random.below(4));
      note(list);
      for (let i = 0; i < size; i++) list[random.below(8)] = child();
      return list;
    },
    (size, child, note) => {
      const map = new Map();
      note(map);
      for (let i = 0; i < size; i++) map.set(child(), child());
      return map;
    },
    (size, child, note) => {
      const set = random.below(2) === 0 ? new Set() : new Bag();
      note(set);
      for (let i = 0; i < size; i++) set.add(child());
      return set;
    },
    (_, child, note) => {
      const error: Error = random.below(2) === 0 ? new Fault('f') : new Error('e');
      note(error);
      error.cause = child();
      return error;
    },
  ];
  return make(6);
}

it('2,000 random graphs arrive equal, and equal in every reference', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const sent = makeValue(createRandom(seed));
    const bytes = codec.encode(sent, OPTIONS);
    const arrived = codec.decode(bytes, OPTIONS);
    try {
      // The bytes name each shared reference, so that equal bytes mean an equal graph; the first check shows its values.
      if (seed <= 300) assert.deepStrictEqual(arrived, sent);
      assert.deepEqual(codec.encode(arrived, OPTIONS), bytes);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
