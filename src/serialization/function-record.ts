/**
 * How a function or a class travels, as data (JSON, no handle of this process in it), and the port through which the
 * codec asks for it. The codec knows no more of functions than this file.
 */

/** Any function or class. */
export type AnyFunction = (...args: never[]) => unknown;

/** The code of a function that is made anew from its text and its captured variables, which travel apart from it. */
export interface ValueRecord {
  readonly kind: 'value';
  /** The text, with what cannot stand alone replaced by names of the same length where there is one. */
  readonly source: string;
  readonly form: 'expression' | 'method';
  readonly strict: boolean;
  readonly name: string;
  readonly url?: string | undefined;
  readonly line: number;
  readonly column: number;
  /** The names of the captured variables, in the order of their values. */
  readonly cells: readonly string[];
  /** The names of what must be there when it is made: the superclass, computed keys. */
  readonly head: readonly string[];
  /** The name that stands for `import.meta`. */
  readonly meta?: string | undefined;
  /** The names of a class's static private fields; their values follow those of the captured variables. */
  readonly privates?: readonly string[] | undefined;
  /** Of a class: it can make functions that stand in it, with its private names and its `super`. */
  readonly hasHome?: true | undefined;
  /**
   * Of a function that the class around it makes: where in it. The head begins with the class, the key and the part of the
   * member that the function is, if it is to be taken from there, and what `super` is called on.
   */
  readonly home?: 'static' | 'instance' | undefined;
}

/** A value that is had by loading something there, whatever it is. */
export type ReferenceRecord =
  /** What an import statement names, resolved as the file `parent` would. `'*'` is the namespace. */
  | {
      readonly kind: 'import';
      readonly specifier: string;
      readonly parent: string;
      readonly name: string;
      readonly attributes?: Readonly<Record<string, string>> | undefined;
    }
  /** `module.exports` of a CommonJS file. */
  | { readonly kind: 'commonjs'; readonly url: string }
  /** The `require` of a folder. */
  | { readonly kind: 'require'; readonly folder: string };

/** Stands among captured values for one that travels by reference. */
export class ByReference {
  readonly record: FunctionRecord;

  constructor(record: FunctionRecord) {
    this.record = record;
  }
}

/** A property as it is, without running a getter. */
export interface PropertyState {
  readonly key: PropertyKey;
  readonly descriptor: PropertyDescriptor;
}

/** How many values a function of this record has. */
export function countValues({ cells, privates }: ValueRecord): number {
  return cells.length + (privates?.length ?? 0);
}

/** What a `ValueRecord` does not hold: the captured values and what was set on the function, as they are now. */
export interface ClosureState {
  readonly fn: AnyFunction;
  readonly record: ValueRecord;
  /** `''`, or the same wherever this very class is known. */
  readonly id: string;
  readonly head: readonly unknown[];
  /** What the program calls the captured variables. */
  readonly labels: readonly string[];
  /** In the order of `record.cells`, then of `record.privates`; may hold `ByReference`. */
  readonly cells: readonly unknown[];
  /** The numbers of the cells that have no value yet. */
  readonly uninitialized: readonly number[];
  readonly properties: readonly PropertyState[];
  /** `undefined`: as the text makes it. */
  readonly prototype: PrototypeState | undefined;
  /** What `Object.getPrototypeOf` says, if it is not as the text makes it. */
  readonly parent: object | null | undefined;
  readonly deleted: DeletedMembers | undefined;
  /** Where its text stands, for paths in errors. */
  readonly place: string;
}

/** Members that a class's text makes and that were deleted since: of the class, and of its `prototype`. */
export interface DeletedMembers {
  readonly own: readonly PropertyKey[];
  readonly inherited: readonly PropertyKey[];
}

/** How a `prototype` differs from what the text makes. */
export interface PrototypeState {
  readonly properties: readonly PropertyState[];
  readonly hasConstructor: boolean;
  /** A constructor whose `prototype` is the parent, or the parent itself; `undefined`: the usual one. */
  readonly parent: { readonly of: AnyFunction } | { readonly object: object | null } | undefined;
}

/** Makes the functions of one `ValueRecord`. */
export interface ClosureCode {
  readonly record: ValueRecord;
  make(options: {
    readonly id: string;
    readonly head: readonly unknown[];
    readonly uninitialized: readonly number[];
  }): MadeClosure;
}

/** A function that was made, before its captured variables have values. */
export interface MadeClosure {
  readonly fn: AnyFunction;
  /** `'original'`: the class was sent from here and has come back; what was sent with it is not applied. */
  readonly origin: 'made' | 'original';
  fill(cells: readonly unknown[]): void;
  /** Of one that is used again: takes off it what tasks have left there, but for the keys that were just defined. */
  restore?(defined: { readonly own: readonly PropertyKey[]; readonly inherited: readonly PropertyKey[] }): void;
}

/** With what a function's state is read. */
export interface StateOptions {
  readonly shared: SharedCells;
  /** Where the function was found: a property of this object. */
  /** What was stepped into on the way to it, innermost first. */
  readonly around?: { objects(): readonly object[] } | undefined;
  readonly holder?: { readonly object: object; readonly key: PropertyKey } | undefined;
}

/** Variables that several functions of one message share, by what the port knows them by. */
export type SharedCells = Map<object, unknown>;

/** Part of the language or of Node, found by its path: `Math.max`, `node:fs readFileSync`. */
export interface BuiltinRecord {
  readonly kind: 'builtin';
  readonly module?: string | undefined;
  readonly path: string;
}

/** How one function travels. */
export type FunctionRecord =
  /** Exported by a module: loaded there under its own URL. `name` is `'default'` for a default export. */
  | { readonly kind: 'module'; readonly url: string; readonly name: string }
  | BuiltinRecord
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
    }
  | ValueRecord
  | ReferenceRecord;

/** Why a function cannot travel. The codec turns it into a `SerializationError` that has the path. */
export class FunctionRefusal extends Error {}

/** A module could not be loaded; what it failed with, untouched, is the `cause`. */
export class LoadFailure extends Error {
  /** What happened, in words, for a message that names the module itself. */
  readonly reason: string;

  constructor(url: string, reason: string, cause: unknown) {
    super(`the module ${url} could not be loaded: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** What the codec needs from whoever ships functions. */
export interface FunctionPort {
  /** How `fn` travels. Synchronous; remembered for each function. Throws `FunctionRefusal`. */
  describe(fn: AnyFunction): FunctionRecord;
  /** What the record of kind `'value'` that `describe` gave does not hold, read now. */
  stateOf(fn: AnyFunction, options: StateOptions): ClosureState;
  /** How an object travels that both sides have: a part of Node, the exports of a module. */
  referenceOf(object: object): FunctionRecord | undefined;
  /** Compiles the code of closures. */
  compile(record: ValueRecord): ClosureCode;
  /** What a record that stands for any value stands for. */
  resolve(record: ReferenceRecord | BuiltinRecord): unknown;
  /**
   * The function that a record stands for: at once, or as a promise when a module must be loaded first. It rejects with
   * an error that names the module and has the module's own failure, untouched, as its `cause`. Throws, or rejects with, a
   * `TypeError` when the module has no such function. Equal records give the identical function.
   */
  revive(record: FunctionRecord): AnyFunction | Promise<AnyFunction>;
  /** Like `revive`, but never loads a module or runs one: `undefined` when the class is not known here yet. */
  reviveKnown(record: FunctionRecord): AnyFunction | undefined | Promise<AnyFunction | undefined>;
}
