/**
 * What every realm has for itself: in a context of `node:vm`, functions inherit from that context's own `Function.prototype`. Where they
 * arrive, they have the one that is there, as data of other contexts do.
 *
 * Rules: runs no code of the user's.
 */

const { toString: textOf } = Function.prototype;
const { getOwnPropertyDescriptor } = Object;

/** Whether an object is the same part of the language as another, in this realm or in another one. */
export function isSameIntrinsic(object: unknown, own: object): boolean {
  if (object === own) return true;
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) return false;
  const type: unknown = getOwnPropertyDescriptor(object, 'constructor')?.value;
  const ownType: unknown = getOwnPropertyDescriptor(own, 'constructor')?.value;
  if (typeof type !== 'function' || typeof ownType !== 'function' || type === ownType) return false;
  if (getOwnPropertyDescriptor(type, 'prototype')?.value !== object) return false;
  // Their texts are `function Object() { [native code] }` and the like.
  return Reflect.apply(textOf, type, []) === Reflect.apply(textOf, ownType, []) && isNative(type);
}

function isNative(fn: object): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Reflect.apply(textOf, fn, []) as string);
}
