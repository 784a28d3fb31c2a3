// What some measurements say together: the middle one and how far they lie apart.

/** The middle of some numbers; between the two in the middle when their count is even. */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/** The value below which a part of the numbers lies, between two of them if need be. */
export function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  return low + (high - low) * (place - Math.floor(place));
}

/** Median, smallest and largest. */
export function summarize(numbers) {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) };
}

/**
 * How many times as good as the other one each round was, compared within the round: what slows the machine down for a
 * while slows both.
 */
export function ratios(ours, theirs, better) {
  return ours.map((value, round) => (better === 'higher' ? value / theirs[round] : theirs[round] / value));
}
