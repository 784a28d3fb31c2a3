/** A broken promise, found by the simulation. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Throws a `Violation` unless the promise holds. The text is made only when it does not. */
export function promise(holds: boolean, broken: string | (() => string)): asserts holds {
  if (!holds) throw new Violation(typeof broken === 'string' ? broken : broken());
}
