// What the first packed call of a process costs, in microseconds: node bench/first-pack.mjs closure | exported
import { FunctionUnits } from '#src/executors/function-units.js';
import { createCodec } from '#src/serialization/codec.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { measure } from './exported.mjs';

const units = new FunctionUnits(createCodec({ functions: createFunctionPort() }));
const factor = 3;
const helper = (x) => x * factor;
const closure = (x) => helper(x) + factor;
const fn = process.argv[2] === 'closure' ? closure : measure;
const startMs = performance.now();
units.packCall(fn, [1], {});
console.log((performance.now() - startMs) * 1000);
