/**
 * Lets a worker process wait until what it writes to stderr is on its way. Node itself would keep what does not fit into the
 * pipe until the event loop comes round, and lose it, the last words first of all, in a `process.exit()`.
 *
 * Rules: the stream is not made until a task asks for it, for that takes as long as some workers live.
 */

const { defineProperty, getOwnPropertyDescriptor } = Object;
const { apply } = Reflect;

interface Blockable {
  readonly _handle?: { setBlocking?(isBlocking: boolean): unknown } | null;
}

/** From the first use of `process.stderr` on, writing to it waits. */
export function makeStderrPatient(): void {
  const usual = getOwnPropertyDescriptor(process, 'stderr');
  const makeStream = usual?.get;
  if (usual?.configurable !== true || makeStream === undefined) return;
  defineProperty(process, 'stderr', {
    ...usual,
    get() {
      defineProperty(process, 'stderr', usual);
      const stream = apply(makeStream, process, []) as Blockable;
      stream._handle?.setBlocking?.(true);
      return stream;
    },
  });
}
