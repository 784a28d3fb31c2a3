// What the workers of every pool are asked to do. Each takes one value.

/** Gives back what it got. */
export function identity(value) {
  return value;
}
