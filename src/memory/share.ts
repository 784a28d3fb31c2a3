/**
 * `share`: memory that the host and its workers see at once.
 *
 * Guarantees: what it returns is a copy of what it was given, and the memory is given back when nobody can reach it any more.
 */

import { checkArgument, matching } from '../base/validate.js';
import { createRegion, disposeRegion } from './shared-regions.js';

const ByteArray = Uint8Array;

/** What can be shared: any typed array, `DataView`, `Buffer`, or a buffer itself. */
export type Shareable = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/** The same kind of object on shared memory. `[Symbol.dispose]()` gives the memory back at once. */
export type Shared<T extends Shareable> = OnSharedMemory<T> & Disposable;

type OnSharedMemory<T> = T extends Int8Array
  ? Int8Array<SharedArrayBuffer>
  : T extends Buffer
    ? Buffer<SharedArrayBuffer>
    : T extends Uint8Array
      ? Uint8Array<SharedArrayBuffer>
      : T extends Uint8ClampedArray
        ? Uint8ClampedArray<SharedArrayBuffer>
        : T extends Int16Array
          ? Int16Array<SharedArrayBuffer>
          : T extends Uint16Array
            ? Uint16Array<SharedArrayBuffer>
            : T extends Int32Array
              ? Int32Array<SharedArrayBuffer>
              : T extends Uint32Array
                ? Uint32Array<SharedArrayBuffer>
                : T extends Float32Array
                  ? Float32Array<SharedArrayBuffer>
                  : T extends Float64Array
                    ? Float64Array<SharedArrayBuffer>
                    : T extends BigInt64Array
                      ? BigInt64Array<SharedArrayBuffer>
                      : T extends BigUint64Array
                        ? BigUint64Array<SharedArrayBuffer>
                        : T extends DataView
                          ? DataView<SharedArrayBuffer>
                          : T extends ArrayBufferView
                            ? T
                            : SharedArrayBuffer;

const isShareable = (value: unknown): boolean =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;

const shareable = matching<Shareable>(
  'a typed array, a DataView, a Buffer, an ArrayBuffer or a SharedArrayBuffer',
  isShareable,
);

/**
 * Copies `source` into memory that this thread, its workers, and theirs see at once: send it in arguments, captured variables
 * or results, and what arrives is the same memory, not a copy. `Atomics.load`, `store`, `add` and `compareExchange` work on
 * it, between processes too; `Atomics.wait` works between threads only.
 *
 * The memory is given back when it is unreachable everywhere, or here at once by `[Symbol.dispose]()`; it leaves no file, however
 * the program ends. Threads can always see it. Processes can on Linux with the optional package koffi; without it, sending it to
 * one fails with `SerializationError`. Throws when there is not enough memory.
 */
export function share<T extends Shareable>(source: T): Shared<T> {
  checkArgument('source', source, shareable);
  const isView = ArrayBuffer.isView(source);
  const bytes = isView ? new ByteArray(source.buffer, source.byteOffset, source.byteLength) : new ByteArray(source);
  const memory = createRegion(bytes.length);
  new ByteArray(memory).set(bytes);
  const shared = isView ? viewLike(source, memory) : memory;
  Object.defineProperty(shared, Symbol.dispose, { value: () => disposeRegion(memory), configurable: true });
  return shared as unknown as Shared<T>;
}

type ViewType = new (memory: SharedArrayBuffer, offset: number, length: number) => ArrayBufferView;

/** With a length of its own: a view without one is slower, and follows a memory that never changes its size. */
function viewLike(source: ArrayBufferView, memory: SharedArrayBuffer): ArrayBufferView {
  if (Buffer.isBuffer(source)) return Buffer.from(memory, 0, source.byteLength);
  if (source instanceof DataView) return new DataView(memory, 0, source.byteLength);
  const { BYTES_PER_ELEMENT } = source as Uint8Array;
  const type = builtinType(source);
  return new type(memory, 0, source.byteLength / BYTES_PER_ELEMENT);
}

/** The built-in class, where a subclass may want other arguments. */
function builtinType(source: ArrayBufferView): ViewType {
  const name = (source as Uint8Array)[Symbol.toStringTag];
  return (globalThis as unknown as Record<string, ViewType>)[name] as ViewType;
}
