// What the workers of every pool are asked to do. Each takes one value.

/** Gives back what it got. */
export function identity(value) {
  return value;
}

/** Says how long an array is. */
export function lengthOf(array) {
  // What came as JSON is an object with a key for each element.
  return array.length ?? Object.keys(array).length;
}

/** Makes an array. */
export function makeArray(length) {
  return new Float64Array(length).fill(1.5);
}

/** For maps. */
export function double(n) {
  return 2 * n;
}

/** Works for so long. */
export function block(ms) {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}
