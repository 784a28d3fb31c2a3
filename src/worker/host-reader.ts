/**
 * Reads what the host sends: chunks of bytes become messages, and all messages of one chunk are heard together.
 *
 * Rules: knows neither pipe nor port. Uses nothing that user code could have replaced.
 */

import { FrameReader } from '../transport/frames.js';
import { type HeardMessage, readHostFrame } from '../transport/wire.js';
import type { HostListener } from './start.js';

/** See the file's header. */
export class HostReader {
  readonly #listener: HostListener;
  readonly #frames: FrameReader;
  #heard: HeardMessage[] = [];

  constructor(listener: HostListener) {
    this.#listener = listener;
    this.#frames = new FrameReader((kind, a, b, body) => {
      this.#heard[this.#heard.length] = readHostFrame(kind, a, b, body);
    });
  }

  /** Takes the next bytes. */
  read(chunk: Buffer): void {
    try {
      this.#frames.push(chunk);
    } catch (error) {
      return this.#listener.onEnd((error as Error).message);
    }
    const messages = this.#heard;
    this.#heard = [];
    if (messages.length > 0) this.#listener.onMessages(messages);
  }
}
