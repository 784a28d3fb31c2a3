/**
 * The initializer that a worker is greeted with, made of its bytes.
 *
 * Rules: calls nothing of the user's but what reading needs: modules are loaded, and revivers run.
 */

import { type Attachments, attach } from '../serialization/attachments.js';
import type { Codec } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import type { Hello } from '../transport/wire.js';

const { Buffer } = globalThis;

/** Reads the initializer and its arguments; what comes back calls it. `undefined`: there is none. */
export async function readInitializer(
  codec: Codec,
  { initializer }: Pick<Hello, 'initializer'>,
  items?: Attachments,
): Promise<(() => unknown) | undefined> {
  if (initializer === null) return undefined;
  const where = { direction: 'argument' } as const;
  const unit = Buffer.from(initializer.unit, 'base64');
  const fn = (await codec.decode(unit, { ...where, root: 'initializer' })) as AnyFunction;
  const bytes = Buffer.from(initializer.args, 'base64');
  if (items !== undefined) attach(bytes, items);
  const args = await codec.decode(bytes, { ...where, root: 'initializerArgs' });
  return () => (fn as (...args: unknown[]) => unknown)(...(args as unknown[]));
}
