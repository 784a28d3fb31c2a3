// How long does a value take to bytes and back, and how many bytes is it? The codec beside v8.serialize and JSON.
// node bench/codec.mjs [rounds]  (after `npm run build`)

import v8 from 'node:v8';
import { createCodec } from '#src/serialization/codec.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';

const ROUNDS = Number(process.argv[2] ?? 9);
const ROUND_MS = 60;

const record = {
  id: 12345,
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  age: 36,
  active: true,
  score: 98.5,
  tags: ['a', 'b'],
  city: 'London',
  zip: 'W1',
  note: null,
};
const VALUES = {
  '[12]': [12],
  "[{ a: 1, b: 'hello' }]": [{ a: 1, b: 'hello' }],
  'a record of 10 fields': [record],
  '1,000 integers': [Array.from({ length: 1000 }, (_, i) => i)],
  '1,000 fractions': [Array.from({ length: 1000 }, (_, i) => i / 3)],
  '1,000 records': [Array.from({ length: 1000 }, (_, id) => ({ ...record, id, name: `name ${id}` }))],
  'Uint8Array of 1 MB': [new Uint8Array(2 ** 20)],
  'Float64Array of 64 MB': [new Float64Array(2 ** 23)],
};

const codec = createCodec({ functions: createFunctionPort() });
const options = { direction: 'argument', root: 'args' };
const text = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
const WAYS = {
  codec: { encode: (value) => codec.encode(value, options), decode: (bytes) => codec.decode(bytes, options) },
  'v8.serialize': { encode: v8.serialize, decode: v8.deserialize },
  JSON: {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(text(bytes)),
    cannot: (value) => ArrayBuffer.isView(value[0]),
  },
};

/** The best of several rounds, in nanoseconds: on a shared machine the others measure the neighbours. */
function measure(run) {
  let calls = 1;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    for (let i = 0; i < calls; i++) run();
    const tookMs = performance.now() - startMs;
    best = Math.min(best, (tookMs / calls) * 1e6);
    calls = Math.max(1, Math.min(1e6, Math.round((calls * ROUND_MS) / Math.max(tookMs, 0.01))));
  }
  return best;
}

function show(ns) {
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(1)} ms`;
  return ns >= 1e4 ? `${(ns / 1e3).toFixed(1)} µs` : `${Math.round(ns)} ns`;
}

console.log(`Node ${process.version}\n`);
console.log(
  `${'value'.padEnd(24)} ${'way'.padEnd(14)} ${'bytes'.padStart(10)} ${'encode'.padStart(10)} ${'decode'.padStart(10)}`,
);
for (const [name, value] of Object.entries(VALUES)) {
  for (const [way, { encode, decode, cannot }] of Object.entries(WAYS)) {
    if (cannot?.(value)) continue;
    const bytes = encode(value);
    const figures = [bytes.length.toString(), show(measure(() => encode(value))), show(measure(() => decode(bytes)))];
    console.log(`${name.padEnd(24)} ${way.padEnd(14)} ${figures.map((figure) => figure.padStart(10)).join(' ')}`);
  }
}
