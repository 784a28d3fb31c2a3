/** The least of a debugger's frontend: a WebSocket client that sends commands and hears events. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface Frontend {
  /** Sends a command and waits for its answer. */
  send(method: string): Promise<void>;
  /** The names of the events that came. */
  readonly events: readonly string[];
  close(): void;
}

export async function attachFrontend(url: string): Promise<Frontend> {
  const request = get(url.replace(/^ws:/, 'http:'), {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
    },
  });
  const [, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Socket, Buffer];
  const events: string[] = [];
  const waiting = new Map<number, () => void>();
  let lastId = 0;
  let unread = head;
  const read = (): void => {
    for (let text = takeText(); text !== undefined; text = takeText()) {
      const { id, method } = JSON.parse(text) as { id?: number; method?: string };
      if (method !== undefined) events.push(method);
      if (id !== undefined) waiting.get(id)?.();
    }
  };
  const takeText = (): string | undefined => {
    const frame = readFrame(unread);
    if (frame === undefined) return undefined;
    unread = unread.subarray(frame.end);
    return frame.text;
  };
  socket.on('data', (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    read();
  });
  read();
  return {
    events,
    send(method) {
      lastId += 1;
      const id = lastId;
      const answered = new Promise<void>((resolve) => waiting.set(id, resolve));
      socket.write(toFrame(JSON.stringify({ id, method })));
      return answered;
    },
    close: () => socket.destroy(),
  };
}

/** The first whole frame: Node's inspector sends unmasked texts. */
function readFrame(bytes: Buffer): { readonly text: string; readonly end: number } | undefined {
  if (bytes.length < 10 && bytes.length < 2 + ((bytes[1] ?? 0) & 127)) return undefined;
  const short = (bytes[1] as number) & 127;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const end = start + length;
  return bytes.length < end ? undefined : { text: bytes.toString('utf8', start, end), end };
}

/** A text of less than 126 bytes, masked with zeros. */
function toFrame(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
}
