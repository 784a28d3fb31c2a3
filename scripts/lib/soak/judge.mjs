/**
 * Whether a figure is flat: the trend of its second half, and how much that adds over this half, against a limit.
 *
 * The trend is the middle of the slopes between all pairs of samples (Theil and Sen), so that single peaks, as garbage makes
 * them, say nothing; what grows steadily shows, however slowly. Falling is flat: what is freed late is no leak.
 */

/** Fewer samples show no trend. */
export const SAMPLES_MIN = 8;

function middle(numbers) {
  const sorted = numbers.toSorted?.((a, b) => a - b) ?? [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** @param samples `{ atMs, value }`, oldest first */
export function fitTrend(samples) {
  const slopes = samples.flatMap((late, index) =>
    samples.slice(0, index).map((early) => (late.value - early.value) / (late.atMs - early.atMs)),
  );
  const slope = middle(slopes);
  return { slope, start: middle(samples.map(({ atMs, value }) => value - slope * (atMs - samples[0].atMs))) };
}

/**
 * @param samples `{ atMs, value }`, oldest first, at least `SAMPLES_MIN`
 * @param limit   how much the second half may add
 * @returns       `{ rise, isFlat, trend }`; the trend as its two ends, `{ atMs, value }`
 */
export function judge(samples, limit) {
  if (samples.length < SAMPLES_MIN) throw new Error(`${samples.length} samples are too few for a trend: soak longer`);
  const half = samples.slice(samples.length >> 1);
  const { slope, start } = fitTrend(half);
  const [first, last] = [half[0].atMs, half.at(-1).atMs];
  const rise = slope * (last - first);
  return {
    rise,
    isFlat: rise <= limit,
    trend: [
      { atMs: first, value: start },
      { atMs: last, value: start + rise },
    ],
  };
}
