/**
 * The few calls of the operating system that Node does not have: files that are only memory, and mapping them. They are
 * reached through koffi, which is optional and takes tens of milliseconds to load, so it is loaded when it is first needed.
 *
 * Memory is mapped over that of a buffer which V8 has set apart on whole pages and gives back itself. So a mapping lives
 * exactly as long as its buffer, may be moved to another thread like any other, and is never read after it is gone.
 *
 * Rules: Linux only. Uses nothing that user code could have replaced.
 * Guarantees: throws what the system says, as an error with its name; a file that was sealed can neither shrink nor, if so
 * wished, change any more, so what is mapped of it is always there.
 */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { selfUrl } from '../base/self-url.js';

const { writeSync, readSync } = fs;
const { platform, env } = process;
const ByteArray = Uint8Array;
const ErrorType = Error;

type Resizable<T> = new (length: number, options: { maxByteLength: number }) => T;
const ResizableBuffer = ArrayBuffer as unknown as Resizable<ArrayBuffer>;
const GrowableBuffer = SharedArrayBuffer as unknown as Resizable<SharedArrayBuffer>;

const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MFD_CLOEXEC_AND_SEALING = 3;
const F_ADD_SEALS = 1033;
const SEAL_SEAL_SHRINK_GROW = 0x7;
const SEAL_WRITE = 0x8;
const FAILED = -1;

type Native = (...args: readonly unknown[]) => number;

interface Koffi {
  load(path: null): { func(...declaration: readonly unknown[]): Native };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

/** The system's calls; see `loadNatives`. */
export class Natives {
  readonly #koffi: Koffi;
  readonly #memfdCreate: Native;
  readonly #close: Native;
  readonly #fcntl: Native;
  readonly #fallocate: Native;
  readonly #mmap: Native;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    const libc = koffi.load(null);
    this.#memfdCreate = libc.func('int memfd_create(const char *name, unsigned int flags)');
    this.#close = libc.func('int close(int fd)');
    this.#fcntl = libc.func('int fcntl(int fd, int cmd, ...)');
    this.#fallocate = libc.func('int posix_fallocate(int fd, int64_t offset, int64_t length)');
    this.#mmap = libc.func('mmap', 'int64_t', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']);
  }

  /** A file that has no name and no place, gone with its last descriptor and mapping. */
  createFile(): number {
    const fd = this.#memfdCreate('tardigrade', MFD_CLOEXEC_AND_SEALING);
    if (fd === FAILED) throw this.#failure('memfd_create', this.#koffi.errno());
    return fd;
  }

  /** Closes what `createFile` opened. Node wonders about descriptors in threads that it has not seen before. */
  closeFile(fd: number): void {
    this.#close(fd);
  }

  /** Gives a file its final size, with memory for all of it: writing to it later cannot fail. */
  reserve(fd: number, length: number): void {
    if (length === 0) return;
    const code = this.#fallocate(fd, 0, length);
    if (code !== 0) throw this.#failure('posix_fallocate', code);
  }

  /** From now on the file keeps its size and, where it is not to be written, its content. */
  seal(fd: number, content: 'writable' | 'final'): void {
    const seals = content === 'final' ? SEAL_SEAL_SHRINK_GROW | SEAL_WRITE : SEAL_SEAL_SHRINK_GROW;
    if (this.#fcntl(fd, F_ADD_SEALS, 'int', seals) === FAILED) throw this.#failure('fcntl', this.#koffi.errno());
  }

  /** The start of a file as memory; what is written to it stays here. */
  mapOwn(fd: number, length: number): ArrayBuffer {
    const buffer = new ResizableBuffer(length, { maxByteLength: length });
    this.#mapOver(buffer, MAP_PRIVATE, fd);
    return buffer;
  }

  /** The start of a file as memory that all who map it share. */
  mapShared(fd: number, length: number): SharedArrayBuffer {
    const buffer = new GrowableBuffer(length, { maxByteLength: length });
    this.#mapOver(buffer, MAP_SHARED, fd);
    return buffer;
  }

  /** Cuts mapped memory off from its file. It stays usable, and is empty. */
  unmap(buffer: SharedArrayBuffer): void {
    this.#mapOver(buffer, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  }

  #mapOver(buffer: ArrayBuffer | SharedArrayBuffer, flags: number, fd: number): void {
    const { byteLength } = buffer;
    if (byteLength === 0) return;
    const at = this.#mmap(new ByteArray(buffer), byteLength, PROT_READ_WRITE, flags | MAP_FIXED, fd, 0);
    if (at === FAILED) throw this.#failure('mmap', this.#koffi.errno());
  }

  #failure(call: string, code: number): Error {
    const { errno } = this.#koffi.os;
    for (const name in errno) {
      if (errno[name] === code) return Object.assign(new ErrorType(`${call} failed: ${name}`), { code: name });
    }
    return new ErrorType(`${call} failed with error ${code}`);
  }
}

/** Off: as if koffi were not installed. */
const SWITCH = 'TARDIGRADE_MAPPED_MEMORY';
const switchedOff = env[SWITCH] === 'off';
const requireHere = createRequire(selfUrl);

let loaded: Natives | undefined;
let missing: string | undefined;

/** The system's calls, or `undefined` where they cannot be had: `whyMissing` says why. */
export function loadNatives(): Natives | undefined {
  if (loaded !== undefined || missing !== undefined) return loaded;
  if (platform !== 'linux') missing = 'memory can be shared between processes on Linux only';
  else if (switchedOff) missing = `it is switched off by ${SWITCH}`;
  else {
    try {
      loaded = tryOut(new Natives(requireHere('koffi') as Koffi));
    } catch (error) {
      missing = `the optional package koffi cannot be used (${(error as Error).message.split('\n', 1)[0]})`;
    }
  }
  return loaded;
}

/** Why `loadNatives` has nothing. */
export function whyMissing(): string {
  return missing ?? 'it is there';
}

/** Once through everything, so that what is missing on this system is found out here and not later. */
function tryOut(natives: Natives): Natives {
  const fd = natives.createFile();
  try {
    natives.reserve(fd, 1);
    writeAll(fd, new ByteArray([1]));
    natives.seal(fd, 'final');
    if (new ByteArray(natives.mapOwn(fd, 1))[0] !== 1) throw new ErrorType('a mapped file reads wrong');
  } finally {
    natives.closeFile(fd);
  }
  return natives;
}

/** Writes all of some bytes to the start of a file. Throws when there is no room. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
}

/** The first bytes of a file as ordinary memory. Throws when it is shorter. */
export function readAll(fd: number, length: number): ArrayBuffer {
  const bytes = new ByteArray(length);
  for (let at = 0; at < length; ) {
    const count = readSync(fd, bytes, at, length - at, at);
    if (count === 0) throw new ErrorType('a file is shorter than it should be');
    at += count;
  }
  return bytes.buffer;
}
