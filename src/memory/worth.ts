/**
 * When to stop sending large memory through the link. To load what maps files takes as long as to send some tens of
 * megabytes, so that much is sent first: who sends less never pays, and who sends more pays at most twice.
 */

/** What is sent through the link in about the time that it takes to load koffi. */
const BREAK_EVEN_BYTES = 16 * 1024 * 1024;

/** Adds up what went through the link. */
export class Worth {
  #sent = 0;

  /** Some large memory is to be sent: whether mapping is worth its price by now. */
  note(bytes: number): boolean {
    this.#sent += bytes;
    return this.#sent >= BREAK_EVEN_BYTES;
  }
}
