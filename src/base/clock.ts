/**
 * The only reader of time and the only maker of timers. The rest of the code is handed a `Clock`, or events.
 *
 * Rules: functions are captured when this file loads, so that a task or a test that replaces a global changes nothing here.
 */

const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
const performance = globalThis.performance;
const now = performance.now.bind(performance);

/** When this file was loaded, in nanoseconds since some moment. */
export const loadedAtNs: bigint = process.hrtime.bigint();

/** A running timer. */
export interface Timer {
  /** Forgets the timer; it never fires afterwards. */
  stop(): void;
}

/** How a timer behaves. */
export interface TimerOptions {
  /** Whether the program stays alive until the timer fires or is stopped. Default: false. */
  readonly keepAlive?: boolean;
}

/** What the host side knows of time. */
export interface Clock {
  /** Milliseconds that only grow. */
  nowMs(): number;
  /** Calls `onFire` once after `delayMs`. The timer keeps the program alive only when `keepAlive` says so. */
  startTimer(delayMs: number, onFire: () => void, options?: TimerOptions): Timer;
}

/** The longest delay that Node's timers can hold; a longer one is started again when it fires. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const wallClock: Clock = {
  nowMs: now,
  startTimer(delayMs, onFire, { keepAlive = false } = {}) {
    let remainingMs = delayMs;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const partMs = Math.min(remainingMs, LONGEST_DELAY_MS);
      remainingMs -= partMs;
      handle = setTimeout(() => (remainingMs > 0 ? arm() : onFire()), partMs);
      if (!keepAlive) handle.unref();
    };
    arm();
    return { stop: () => clearTimeout(handle) };
  },
};

/** Keeps the program alive while it is held. */
export interface KeepAlive {
  hold(): void;
  release(): void;
  /** Releases it for good. */
  close(): void;
}

/** A handle on the event loop that costs nothing: a timer that practically never fires. It starts released. */
export function createKeepAlive(): KeepAlive {
  const handle = setInterval(() => {}, LONGEST_DELAY_MS);
  handle.unref();
  return {
    hold: () => void handle.ref(),
    release: () => void handle.unref(),
    close: () => clearInterval(handle),
  };
}
