/**
 * Reads what the host sends: chunks of bytes become messages, and all messages of one chunk are heard together.
 *
 * Rules: knows neither pipe nor port. Uses nothing that user code could have replaced.
 */

import { type Attachments, attach } from '../serialization/attachments.js';
import type { Alertness } from '../transport/alertness.js';
import { FrameReader, type FrameReaderOptions } from '../transport/frames.js';
import { type HeardMessage, readHostFrame } from '../transport/wire.js';
import type { HostListener } from './start.js';

/** See the file's header. */
export class HostReader {
  readonly #listener: HostListener;
  readonly #frames: FrameReader;
  #heard: HeardMessage[] = [];

  constructor(listener: HostListener, options?: FrameReaderOptions) {
    this.#listener = listener;
    this.#frames = new FrameReader((kind, a, b, body) => {
      this.#heard[this.#heard.length] = readHostFrame(kind, a, b, body);
    }, options);
  }

  /** Takes the next bytes. `attachments` go with the message that they end. */
  read(chunk: Buffer, attachments?: Attachments): void {
    try {
      this.#frames.push(chunk);
    } catch (error) {
      return this.#listener.onEnd((error as Error).message);
    }
    const messages = this.#heard;
    this.#heard = [];
    const last = messages[messages.length - 1];
    if (attachments !== undefined && last?.kind === 'run') attach(last.args, attachments);
    if (attachments !== undefined && last?.kind === 'unit') attach(last.bytes, attachments);
    if (messages.length > 0) this.#listener.onMessages(messages);
  }
}

/**
 * Hears what `listener` does, and stays awake after a task that came alone like the one before it: the next one is likely to
 * follow its answer.
 */
export function stayAlert({ onMessages, onEnd }: HostListener, alertness: Alertness): HostListener {
  let before: 'alone' | 'together' = 'together';
  return {
    onMessages(messages) {
      alertness.hear();
      onMessages(messages);
      const now = messages.length === 1 && messages[0]?.kind === 'run' ? 'alone' : 'together';
      if (now === 'alone' && before === 'alone') alertness.expect();
      before = now;
    },
    onEnd,
  };
}
