/**
 * Notices that a worker's memory keeps growing, so that it can be replaced between tasks, and says how much it is, for
 * the report of a crash. From loky's memory leak protection.
 *
 * Rules: looks at memory at most once a second, between tasks, and decides nothing but "grown too much".
 */

/** How often memory is looked at. */
const EVERY_MS = 1000;

/** What to watch for. */
export interface MemoryWatchOptions {
  /** Above the level after the first task; `null` watches nothing. */
  readonly maxGrowthBytes: number | null;
  nowMs(): number;
  memoryBytes(): number;
  /** Called with each measurement. */
  onMeasured(bytes: number): void;
  /** Called once. */
  onGrown(): void;
}

/** A function to call after each task. */
export function watchMemory(options: MemoryWatchOptions): () => void {
  const { maxGrowthBytes, nowMs, memoryBytes, onMeasured, onGrown } = options;
  let baseline: number | undefined;
  let hasGrown: 'no' | 'yes' = 'no';
  let nextLookMs = 0;
  return () => {
    const now = nowMs();
    if (now < nextLookMs) return;
    nextLookMs = now + EVERY_MS;
    const bytes = memoryBytes();
    onMeasured(bytes);
    baseline ??= bytes;
    if (hasGrown === 'yes' || maxGrowthBytes === null || bytes - baseline <= maxGrowthBytes) return;
    hasGrown = 'yes';
    onGrown();
  };
}
