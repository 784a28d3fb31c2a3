/**
 * Copies of large memory for messages to other processes, as files of memory that can never change. A receiver maps the copy
 * for itself, and the system keeps it until nobody has it open or mapped.
 *
 * What is sent again while it is unchanged is not copied again: to compare costs a fifth of copying.
 *
 * Guarantees: what cannot be stored (no koffi, no memory, too many files) is refused, never half stored. Copies that no message
 * needs any more are bounded, and gone with what they are copies of.
 */

import { SafeWeakMap } from '../serialization/intrinsics.js';
import { holdOnce, type Stored } from '../serialization/memory-port.js';
import { type Location, locate } from './locations.js';
import { loadNatives, type Natives, writeAll } from './natives.js';
import { Worth } from './worth.js';

const { compare } = Buffer;
const ByteArray = Uint8Array;

/** Each is an open file. */
const MAX_FILES = 256;
/** How much is kept for the case that it is sent again. The last one is kept whatever its size. */
const MAX_IDLE_BYTES = 256 * 1024 * 1024;

interface Snapshot {
  readonly fd: number;
  readonly location: Location;
  readonly offset: number;
  readonly length: number;
  /** How many messages need it. */
  uses: number;
  state: 'open' | 'closed';
  /** What it is a copy of may be gone while messages still need it; then it cannot be sent again. */
  source: 'there' | 'gone';
  /** Mapped when it is first compared. */
  memory: Uint8Array | undefined;
}

/** See the file's header. */
export class Snapshots {
  readonly #worth = new Worth();
  readonly #bySource = new SafeWeakMap<ArrayBuffer, Snapshot>();
  /** Those that no message needs, the oldest first. */
  readonly #idle = new Set<Snapshot>();
  readonly #gone = new FinalizationRegistry<Snapshot>((snapshot) => {
    snapshot.source = 'gone';
    if (snapshot.uses === 0) this.#close(snapshot);
  });
  #idleBytes = 0;
  #files = 0;

  /** How many files are open. */
  get files(): number {
    return this.#files;
  }

  /** A copy of a piece of `source`; `undefined` when it must travel otherwise. */
  store(piece: Uint8Array, source: ArrayBuffer): Stored | undefined {
    if (!this.#worth.note(piece.length)) return undefined;
    const natives = loadNatives();
    if (natives === undefined) return undefined;
    try {
      const snapshot = this.#findSame(natives, piece, source) ?? this.#make(natives, piece, source);
      return snapshot === undefined ? undefined : this.#use(snapshot);
    } catch {
      // No memory or no descriptor is left: the link needs neither.
      return undefined;
    }
  }

  #findSame(natives: Natives, piece: Uint8Array, source: ArrayBuffer): Snapshot | undefined {
    const known = this.#bySource.get(source);
    if (known === undefined || known.state === 'closed') return undefined;
    if (known.offset === piece.byteOffset && known.length === piece.length) {
      known.memory ??= new ByteArray(natives.mapOwn(known.fd, known.length));
      if (compare(piece, known.memory) === 0) return known;
    }
    this.#bySource.delete(source);
    if (known.uses === 0) this.#close(known);
    return undefined;
  }

  #make(natives: Natives, piece: Uint8Array, source: ArrayBuffer): Snapshot | undefined {
    if (this.#files >= MAX_FILES && this.#idle.size > 0) this.#closeOldest();
    if (this.#files >= MAX_FILES) return undefined;
    const fd = natives.createFile();
    try {
      writeAll(fd, piece);
      natives.seal(fd, 'final');
      const { byteOffset: offset, length } = piece;
      const snapshot: Snapshot = {
        fd,
        location: locate(fd),
        offset,
        length,
        uses: 0,
        state: 'open',
        source: 'there',
        memory: undefined,
      };
      this.#files += 1;
      this.#bySource.set(source, snapshot);
      this.#gone.register(source, snapshot);
      return snapshot;
    } catch (error) {
      natives.closeFile(fd);
      throw error;
    }
  }

  #use(snapshot: Snapshot): Stored {
    if (this.#idle.delete(snapshot)) this.#idleBytes -= snapshot.length;
    snapshot.uses += 1;
    const { pid, fd, ino } = snapshot.location;
    return { reference: [pid, fd, ino], hold: holdOnce(() => this.#release(snapshot)) };
  }

  #release(snapshot: Snapshot): void {
    snapshot.uses -= 1;
    if (snapshot.uses > 0) return;
    if (snapshot.source === 'gone') return this.#close(snapshot);
    this.#idle.add(snapshot);
    this.#idleBytes += snapshot.length;
    while (this.#idleBytes > MAX_IDLE_BYTES && this.#idle.size > 1) this.#closeOldest();
  }

  #closeOldest(): void {
    for (const oldest of this.#idle) return this.#close(oldest);
  }

  #close(snapshot: Snapshot): void {
    if (snapshot.state === 'closed') return;
    snapshot.state = 'closed';
    snapshot.memory = undefined;
    if (this.#idle.delete(snapshot)) this.#idleBytes -= snapshot.length;
    this.#files -= 1;
    loadNatives()?.closeFile(snapshot.fd);
  }
}
