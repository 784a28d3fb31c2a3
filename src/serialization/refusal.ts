/**
 * The two ways in which reading and writing end early inside the codec. The codec turns both into a `SerializationError`.
 */

const ErrorType = Error;
const toText = String;

/** A value cannot travel (or cannot be made again). */
export class Refusal extends Error {
  /** The path, where the thrower knows better than the walk. */
  readonly path: string | undefined;

  constructor(reason: string, options?: ErrorOptions & { readonly path?: string }) {
    super(reason, options);
    this.path = options?.path;
  }
}

/** Refuses an object that has a type's prototype but was not made by it. */
export function verify(genuine: boolean, name: string): void {
  if (!genuine) throw new Refusal(`its prototype says that it is ${name}, but it was not made as one`);
}

/** What is thrown, in words; never throws itself. */
export function textOf(error: unknown): string {
  try {
    return error instanceof ErrorType ? `${error.name}: ${error.message}` : toText(error);
  } catch {
    return 'something that cannot be shown';
  }
}
