/**
 * How a function or a class travels, as data (JSON, no handle of this process in it), and the port through which the
 * codec asks for it. The codec knows no more of functions than this file.
 */

/** Any function or class. */
export type AnyFunction = (...args: never[]) => unknown;

/** How one function travels. */
export type FunctionRecord =
  /** Exported by a module: loaded there under its own URL. `name` is `'default'` for a default export. */
  | { readonly kind: 'module'; readonly url: string; readonly name: string }
  /** Part of the language or of Node, found by its path: `Math.max`, `node:fs readFileSync`. */
  | { readonly kind: 'builtin'; readonly module?: string | undefined; readonly path: string }
  /** Its own text is enough: compiled there under its original file, line and column. */
  | {
      readonly kind: 'text';
      readonly source: string;
      /** `'method'` when the text only parses inside an object literal. */
      readonly form: 'expression' | 'method';
      readonly strict: boolean;
      readonly name: string;
      /** The original file (URL or path), 0-based line and column of `source`; absent when unknown. */
      readonly url?: string | undefined;
      readonly line: number;
      readonly column: number;
    };

/** Why a function cannot travel. The codec turns it into a `SerializationError` that has the path. */
export class FunctionRefusal extends Error {}

/** What the codec needs from whoever ships functions. */
export interface FunctionPort {
  /** How `fn` travels. Synchronous; remembered for each function. Throws `FunctionRefusal`. */
  describe(fn: AnyFunction): FunctionRecord;
  /**
   * The function that a record stands for: at once, or as a promise when a module must be loaded first. It rejects with
   * an error that names the module and has the module's own failure, untouched, as its `cause`. Throws, or rejects with, a
   * `TypeError` when the module has no such function. Equal records give the identical function.
   */
  revive(record: FunctionRecord): AnyFunction | Promise<AnyFunction>;
  /** Like `revive`, but never loads a module or runs one: `undefined` when the class is not known here yet. */
  reviveKnown(record: FunctionRecord): AnyFunction | undefined | Promise<AnyFunction | undefined>;
}
