/**
 * What is loaded or made when it is first needed.
 *
 * Rules: a module that is needed late is loaded by `requireOwn(path)`, a `require` made of `import.meta.url` in the file that
 * needs it: the build finds the name, and makes of the module a piece of its own (see `scripts/lib/pieces`).
 */

/** Asks `make` once, when it is first called. */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
