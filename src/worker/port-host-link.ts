/**
 * A worker thread's end of its link: one private port, and claims in memory that both threads see.
 *
 * A post lies in the host's end of the port when `postMessage` returns, whatever becomes of this thread the moment after.
 *
 * Rules: uses nothing that user code could have replaced: what it needs was captured when this file was loaded.
 */

import { MessagePort } from 'node:worker_threads';
import { apply } from '../serialization/intrinsics.js';
import { fromPost, toPost } from '../transport/posts.js';
import { SharedClaims } from '../transport/shared-claims.js';
import { FrameLink } from './frame-link.js';
import { HostReader } from './host-reader.js';
import type { HostListener } from './start.js';

const { postMessage } = MessagePort.prototype;

/** What the host hands over when it starts a thread. */
export interface ThreadGift {
  readonly port: MessagePort;
  readonly claims: SharedArrayBuffer;
}

/** Opens the link. */
export function openPortLink({ port, claims: memory }: ThreadGift, listener: HostListener): FrameLink {
  const { onEnd } = listener;
  const reader = new HostReader(listener);
  port.on('message', (post: unknown) => reader.read(fromPost(post)));
  port.on('messageerror', (error) => onEnd(error.message));
  port.on('close', () => onEnd(undefined));
  const claims = new SharedClaims(memory);
  return new FrameLink({
    claim: (sequence) => claims.claim(sequence),
    write: (bytes, length) => apply(postMessage, port, [toPost(bytes, length)]),
  });
}
