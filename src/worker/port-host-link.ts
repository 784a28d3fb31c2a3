/**
 * A worker thread's end of its link: one private port, and claims in memory that both threads see.
 *
 * A post lies in the host's end of the port when `postMessage` returns, whatever becomes of this thread the moment after.
 *
 * Rules: uses nothing that user code could have replaced: what it needs was captured when this file was loaded.
 */

import { MessagePort } from 'node:worker_threads';
import type { Attachments } from '../serialization/attachments.js';
import { apply, SafeMap } from '../serialization/intrinsics.js';
import { Alertness } from '../transport/alertness.js';
import { KEPT_BYTES_MAX } from '../transport/kept-frames.js';
import { fromPost, type Post, type PostOfMoved, type PostWithItems, toPost } from '../transport/posts.js';
import { SharedClaims } from '../transport/shared-claims.js';
import { FrameLink } from './frame-link.js';
import { HostReader, stayAlert } from './host-reader.js';
import type { HostListener } from './start.js';

const { postMessage } = MessagePort.prototype;
const PromiseType = Promise;
const bytesOf = Uint8Array;

/** What the host hands over when it starts a thread. */
export interface ThreadGift {
  readonly port: MessagePort;
  readonly claims: SharedArrayBuffer;
  /** How many bytes of output the host has read. */
  readonly outputRead: Int32Array;
  readonly initializerItems: Attachments | undefined;
}

/** Hears posts, those that bring what was moved to a task included. */
class PostReader {
  readonly #reader: HostReader;
  /** What is still on its way, by its task. */
  readonly #expected = new SafeMap<number, { readonly attachments: Attachments; arrive(): void }>();

  constructor(listener: HostListener) {
    this.#reader = new HostReader(listener);
  }

  read(post: Post): void {
    if (typeof post === 'string' || post instanceof bytesOf) this.#reader.read(fromPost(post));
    else if ('arrived' in post) this.#receive(post);
    else this.#reader.read(fromPost(post.bytes), this.#expect(post));
  }

  #expect({ task, items, moved }: PostWithItems): Attachments {
    const attachments = { items: items as unknown[], moved, keeps: false };
    if (moved.length === 0) return attachments;
    let arrive = (): void => {};
    const arrival = new PromiseType<void>((resolve) => {
      arrive = resolve;
    });
    this.#expected.set(task, { attachments, arrive });
    return { ...attachments, arrival };
  }

  #receive({ task, arrived }: PostOfMoved): void {
    const expected = this.#expected.get(task);
    if (expected === undefined) return;
    this.#expected.delete(task);
    const { items, moved } = expected.attachments;
    for (let i = 0; i < moved.length; i++) items[moved[i] as number] = arrived[i];
    expected.arrive();
  }
}

function movedOf({ items, moved }: Attachments): object[] {
  const objects: object[] = [];
  for (let i = 0; i < moved.length; i++) objects[i] = items[moved[i] as number] as object;
  return objects;
}

/** Opens the link. */
export function openPortLink({ port, claims: memory }: ThreadGift, listener: HostListener): FrameLink {
  const { onEnd } = listener;
  const reader = new PostReader(stayAlert(listener, new Alertness()));
  port.on('message', (post: Post) => reader.read(post));
  port.on('messageerror', (error) => onEnd(error.message));
  port.on('close', () => onEnd(undefined));
  const claims = new SharedClaims(memory);
  return new FrameLink({
    claim: (sequence, memory, length, told) => claims.claim(sequence, memory, length, told),
    keepsBytes: KEPT_BYTES_MAX,
    write(bytes, length, beside) {
      const posted = toPost(bytes, length);
      if (beside === undefined) apply(postMessage, port, [posted]);
      else {
        const { items } = beside;
        apply(postMessage, port, [{ task: 0, bytes: posted, items, moved: [] }, movedOf(beside)]);
      }
    },
  });
}
