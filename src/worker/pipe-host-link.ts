/**
 * A worker process's end of its link: reads frames from descriptor 3, writes them to 4, shares claims through 5.
 *
 * Writing is synchronous on purpose. What is written is safe in the kernel whatever becomes of this process the moment
 * after, and a host that reads slowly slows this worker down instead of filling its memory.
 *
 * Rules: uses nothing that user code could have replaced: what it needs was captured when this file was loaded.
 * Guarantees: a link that cannot be written ends the process; the host knows what that means.
 */

import fs from 'node:fs';
import net, { type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import { Alertness } from '../transport/alertness.js';
import { WorkerClaims } from '../transport/claims.js';
import { KEPT_BYTES_MAX } from '../transport/kept-frames.js';
import { FrameLink } from './frame-link.js';
import { HostReader, stayAlert } from './host-reader.js';
import type { HostListener } from './start.js';

const { writeSync } = fs;
const { Socket } = net;

const { allocUnsafeSlow } = globalThis.Buffer;

const FROM_HOST = 3;
const TO_HOST = 4;
const CLAIMS = 5;
const CHUNK_BYTES = 64 * 1024;

/** How often a pipe that is full is tried again before the wait is handed to the kernel. */
const sleepCell = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;

/** Opens the link. */
export function openPipeLink(listener: HostListener): FrameLink {
  const { onEnd } = listener;
  const alertness = new Alertness();
  const reader = new HostReader(stayAlert(listener, alertness), { chunks: 'lent' });
  const onread = {
    // One for all chunks: a new one each time, and a stream around it, take as long as what is done with a small task.
    buffer: allocUnsafeSlow(CHUNK_BYTES),
    callback(count: number, chunk: Uint8Array) {
      reader.read((chunk as Buffer).subarray(0, count));
      return true;
    },
  };
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd: FROM_HOST,
    readable: true,
    writable: false,
    onread,
  };
  const socket = new Socket(options);
  // A task may replace the method that all emitters share.
  socket.emit = socket.emit.bind(socket);
  socket.on('error', (error) => onEnd(error.message));
  socket.on('close', () => onEnd(undefined));
  const claims = WorkerClaims.open(CLAIMS);
  const write = (bytes: Uint8Array, length: number): void => writeAll(bytes, length, onEnd);
  if (claims === undefined) return new FrameLink({ claim: () => true, keepsBytes: 0, startNews: 'at-once', write });
  return new FrameLink({
    claim: (sequence, memory, length, told) => {
      try {
        return claims.claim(sequence, memory, length, told);
      } catch (error) {
        onEnd((error as Error).message);
        return false;
      }
    },
    keepsBytes: KEPT_BYTES_MAX,
    write,
  });
}

function writeAll(bytes: Uint8Array, length: number, onFault: (fault: string) => void): void {
  let offset = 0;
  while (offset < length) {
    try {
      offset += writeSync(TO_HOST, bytes, offset, length - offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return onFault((error as Error).message);
      // The descriptor was made non-blocking by somebody; the pipe is full and the host will read.
      wait(sleepCell, 0, 0, 1);
    }
  }
}
