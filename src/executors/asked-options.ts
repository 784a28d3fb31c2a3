/**
 * Options as they were given, kept to tell at a glance whether they are given again.
 *
 * Rules: knows no option by name. What can change deeper inside is not kept, nor what may stand elsewhere than in enumerable
 * properties of a plain object: it would look the same and mean something else.
 */

type Values = Readonly<Record<string, unknown>>;

/** What was given: a copy, two levels deep. */
export type Asked = Values;

const NOTHING: Asked = Object.freeze({});

/** A copy of options, if they can be compared at a glance. */
export function noteAsked(options: object | undefined): Asked | undefined {
  if (!isPlain(options ?? NOTHING)) return undefined;
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options ?? NOTHING)) {
    if (!isSimple(value) && !isShallow(value)) return undefined;
    copy[name] = Array.isArray(value) ? [...value] : isSimple(value) ? value : { ...(value as object) };
  }
  return copy;
}

/** Whether these options say the same. */
export function isAskedAgain(asked: Asked, options: object | undefined): boolean {
  if (options !== undefined && !isPlain(options)) return false;
  return isSame(asked, (options ?? NOTHING) as Values, (one, other) => {
    if (Object.is(one, other)) return true;
    return !isSimple(one) && isShallow(other) && Array.isArray(one) === Array.isArray(other)
      ? isSame(one as Values, other as Values, Object.is)
      : false;
  });
}

function isSame(one: Values, other: Values, compare: (one: unknown, other: unknown) => boolean): boolean {
  const names = Object.keys(other);
  if (names.length !== Object.keys(one).length) return false;
  for (const name of names) if (!Object.hasOwn(one, name) || !compare(one[name], other[name])) return false;
  return true;
}

/** A function is the same when it is the same one: so do the pools compare it. */
function isSimple(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

/** A list or record of such. */
function isShallow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.every(isSimple);
  return isPlain(value) && Object.values(value).every(isSimple);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    Reflect.ownKeys(value).length === Object.keys(value).length
  );
}
