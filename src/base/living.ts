/**
 * What of this package is alive in this program, for those who want to know whether anything was left behind.
 *
 * Rules: knows nothing of what it lists, and keeps nothing alive.
 */

/** Something that may leave something behind. */
export interface Living {
  /** What is left of it now, a line each. */
  describeLeftovers(): readonly string[];
}

const living = new Set<WeakRef<Living>>();

/** Lists something until the answer is called, or until nobody knows it any more. */
export function enlist(one: Living): () => void {
  const reference = new WeakRef(one);
  for (const other of living) if (other.deref() === undefined) living.delete(other);
  living.add(reference);
  return () => living.delete(reference);
}

/** What is left of everything that is listed. */
export function describeAllLeftovers(): string[] {
  return [...living].flatMap((reference) => reference.deref()?.describeLeftovers() ?? []);
}
