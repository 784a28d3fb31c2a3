/**
 * Notices that a worker's memory keeps growing, so that it can be replaced between tasks. From loky's memory leak protection.
 *
 * Rules: looks at resident memory at most once a second, between tasks, and decides nothing but "grown too much".
 */

const rss = process.memoryUsage.rss.bind(process.memoryUsage);

/** How often memory is looked at. */
const EVERY_MS = 1000;

/** What to watch for. */
export interface MemoryWatchOptions {
  /** Above the level after the first task; `null` watches nothing. */
  readonly maxGrowthBytes: number | null;
  nowMs(): number;
  /** Called once. */
  onGrown(): void;
}

/** A function to call after each task. */
export function watchMemory({ maxGrowthBytes, nowMs, onGrown }: MemoryWatchOptions): () => void {
  if (maxGrowthBytes === null) return () => {};
  let baseline: number | undefined;
  let nextLookMs = 0;
  return () => {
    const now = nowMs();
    if (now < nextLookMs) return;
    nextLookMs = now + EVERY_MS;
    const bytes = rss();
    baseline ??= bytes;
    if (bytes - baseline <= maxGrowthBytes) return;
    nextLookMs = Number.POSITIVE_INFINITY;
    onGrown();
  };
}
