/**
 * Whether a figure is flat: the trend of its second half, and how much that adds over this half, against a limit.
 *
 * The trend is the middle of the slopes between all pairs of samples (Theil and Sen), so that single peaks, as garbage makes
 * them, say nothing; what grows steadily shows, however slowly. It counts when chance makes one like it less than once in a
 * hundred times (Mann and Kendall). Falling is flat: what is freed late is no leak.
 */

/** Fewer show no trend: half of them may rise one after the other by chance. */
export const SAMPLES_MIN = 16;

function middle(numbers) {
  const sorted = numbers.toSorted?.((a, b) => a - b) ?? [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Of a normal distribution, above which lies a hundredth. */
const SIGNIFICANT = 2.33;

/** How far more pairs rise than fall, in standard deviations of what chance makes; equal ones count as neither. */
function weighTrend(samples, slopes) {
  const count = samples.length;
  const spreadOf = (n) => (n * (n - 1) * (2 * n + 5)) / 18;
  const times = new Map();
  for (const { value } of samples) times.set(value, (times.get(value) ?? 0) + 1);
  const variance = [...times.values()].reduce((sum, n) => sum - spreadOf(n), spreadOf(count));
  const sum = slopes.reduce((total, slope) => total + Math.sign(slope), 0);
  return sum > 1 && variance > 0 ? (sum - 1) / Math.sqrt(variance) : 0;
}

/** @param samples `{ atMs, value }`, oldest first */
export function fitTrend(samples) {
  const slopes = samples.flatMap((late, index) =>
    samples.slice(0, index).map((early) => (late.value - early.value) / (late.atMs - early.atMs)),
  );
  const slope = middle(slopes);
  return {
    slope,
    isRising: weighTrend(samples, slopes) > SIGNIFICANT,
    start: middle(samples.map(({ atMs, value }) => value - slope * (atMs - samples[0].atMs))),
  };
}

/**
 * @param samples `{ atMs, value }`, oldest first, at least `SAMPLES_MIN`
 * @param limit   how much the second half may add
 * @returns       `{ rise, isFlat, trend }`; the trend as its two ends, `{ atMs, value }`
 */
export function judge(samples, limit) {
  if (samples.length < SAMPLES_MIN) throw new Error(`${samples.length} samples are too few for a trend: soak longer`);
  const half = samples.slice(samples.length >> 1);
  const { slope, start, isRising } = fitTrend(half);
  const [first, last] = [half[0].atMs, half.at(-1).atMs];
  const rise = slope * (last - first);
  return {
    rise,
    isFlat: rise <= limit || !isRising,
    trend: [
      { atMs: first, value: start },
      { atMs: last, value: start + rise },
    ],
  };
}
