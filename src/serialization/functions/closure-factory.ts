/**
 * Writes the code around the text of a function with captured variables, and runs it: in a script of its own, or inside the class
 * that the function stands in.
 *
 * Rules: reads nothing of what a task may have replaced, such as the methods of arrays.
 * Guarantees: as of `glue.ts`; a variable that had no value yet throws the same ReferenceError.
 */

import type { AnyFunction, ValueRecord } from '../function-record.js';
import { apply, regExpTest, stringIndexOf, stringRepeat, stringSlice } from '../intrinsics.js';
import { type GluedText, runGlued } from './glue.js';

/** The variables of one function that was made. */
export interface Slot {
  set(values: readonly unknown[]): void;
  get(): unknown[];
  /** Of a class that can make what stands in it: for its statics and for its instances. */
  readonly homes?: readonly [ClassHome, ClassHome];
}

/** Runs texts inside a class. */
export interface ClassHome {
  readonly run: AnyFunction;
}

/** Makes one function: it fills the slot, and is given helpers, `import.meta` and the head. */
export type Factory = (slot: Slot, ...given: unknown[]) => [object];

/** How a factory is made. */
export interface FactoryOptions {
  readonly helperNames: readonly string[];
  readonly uninitialized: readonly number[];
  /** The method that runs the text in the class, and what it is called on. */
  readonly home?: { readonly run: AnyFunction; readonly receiver: unknown } | undefined;
}

/** The code of a record, ready to make functions. */
export function createFactory(record: ValueRecord, { helperNames, uninitialized, home }: FactoryOptions): Factory {
  const { source, form, strict, url, line, column, cells, head, meta, hasHome } = record;
  const slot = freeName(source);
  const values = `${slot}$`;
  let parameters = slot;
  for (let i = 0; i < helperNames.length; i++) parameters += `,${helperNames[i]}`;
  if (meta !== undefined) parameters += `,${meta}`;
  for (let i = 0; i < head.length; i++) parameters += `,${head[i]}`;
  let declared = '';
  let missing = '';
  let setters = '';
  let getters = '';
  for (let i = 0; i < cells.length; i++) {
    const name = cells[i] as string;
    const isMissing = holds(uninitialized, i);
    getters += isMissing ? ',' : `${name},`;
    if (isMissing) missing += missing === '' ? name : `,${name}`;
    else {
      declared += declared === '' ? name : `,${name}`;
      setters += `${name}=${values}[${i}];`;
    }
  }
  const { block, put, take } = writeClassBlock(record, slot, values);
  const before =
    // An arrow function has the `super` of what it stands in.
    `${home === undefined ? `(function(${parameters}){${strict ? '"use strict";' : ''}` : `((${parameters})=>{`}${declared === '' ? '' : `let ${declared};`}` +
    `${slot}.set=function(${values}){${setters}${put}};${slot}.get=function(){return[${getters}${take}]};` +
    `return[${form === 'method' ? '{' : ''}`;
  // A declaration that is never reached leaves its name without a value.
  const after = `${form === 'method' ? '}' : ''}];${missing === '' ? '' : `let ${missing};`}})`;
  const code = block === '' ? source : `${stringSlice(source, 0, -1)}${block}}`;
  const text = { before, source: code, after, url, line, column };
  if (home !== undefined) return apply(home.run, home.receiver, [writeEvaluated(text)]) as Factory;
  return runGlued(text, { mayImport: hasHome === true }) as Factory;
}

/** Only code inside a class reaches its private fields. It stands at the end, where it moves nothing. */
function writeClassBlock(
  { cells, privates = [], hasHome }: ValueRecord,
  slot: string,
  values: string,
): { readonly block: string; readonly put: string; readonly take: string } {
  let writes = '';
  let readers = '';
  let take = '';
  for (let i = 0; i < privates.length; i++) {
    writes += `this.${privates[i]}=${values}[${cells.length + i}];`;
    readers += `${slot}.take${i}=()=>this.${privates[i]};`;
    take += `${slot}.take${i}(),`;
  }
  const fields = writes === '' ? '' : `${slot}.put=(${values})=>{${writes}};${readers}`;
  const homes = hasHome === true ? `${slot}.homes=[${HOME},${HOME}];` : '';
  const block = fields + homes === '' ? '' : `;static{${fields}${homes}}`;
  return { block, put: fields === '' ? '' : `${slot}.put(${values})`, take };
}

/** Runs a text as if it stood in the class, in a method whose `super` starts from what this object inherits from. */
const HOME = '{run(){return eval(arguments[0])}}';

/** The text alone, without a place to give: lines and columns are made of spaces. */
function writeEvaluated({ before, source, after, url, line, column }: GluedText): string {
  const around =
    line === 0
      ? stringRepeat(' ', column > before.length ? column - before.length : 0) + before
      : `${stringRepeat('\n', line - 1)}${before}\n${stringRepeat(' ', column)}`;
  const name = url === undefined || regExpTest(/[\s"']/, url) ? '' : `\n//# sourceURL=${url}`;
  return `${around}${source}\n${after}${name}`;
}

function holds(numbers: readonly number[], wanted: number): boolean {
  for (let i = 0; i < numbers.length; i++) if (numbers[i] === wanted) return true;
  return false;
}

/** A name that the text does not use. */
function freeName(source: string): string {
  let name = '$';
  while (stringIndexOf(source, name) !== -1) name += '$';
  return name;
}
