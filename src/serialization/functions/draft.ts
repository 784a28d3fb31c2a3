/**
 * A text on its way to a record: the changes that were decided so far.
 *
 * Rules: plain data for the planners of functions and classes.
 */

import type { Edit, NameGiver } from './edits.js';
import type { Span, Unit } from './scopes.js';
import type { TextSite } from './text-site.js';

/** A class, and where in it a function stands. */
export interface Home {
  readonly unit: Unit;
  /** What `super` starts from: the class, or its `prototype`. */
  readonly level: 'static' | 'instance';
  /** What is `this` in an arrow function, where that is known or matters. */
  readonly receiver: 'none' | 'class' | 'around';
}

/** What a class needs when it is made. */
export type HeadPlan =
  | { readonly kind: 'superclass' }
  /** The class that makes the function, what of it the function is, and what `super` is called on. */
  | { readonly kind: 'home' | 'member' | 'member-part' | 'receiver'; readonly home: Home }
  | { readonly kind: 'key'; readonly memberText: string; readonly isStatic: boolean };

/** A text that is being planned. Positions are offsets in it. */
export interface Draft {
  readonly site: TextSite;
  readonly unit: Unit;
  /** To be added to a position of the unit. */
  readonly offset: number;
  readonly text: string;
  readonly names: NameGiver;
  readonly edits: Edit[];
  /** Stretches that are replaced: names in them are not captured. */
  readonly replaced: Span[];
  /** The variable that stands for `this`. */
  thisName: string | undefined;
  /** The class that has to make it. */
  home: Home | undefined;
  /** The static private fields of a class. */
  readonly privates: string[];
  readonly head: { readonly name: string; readonly plan: HeadPlan }[];
}

/** A position of the unit as one of the text. */
export function spanIn({ offset }: Draft, { start, end }: Span): Span {
  return { start: start + offset, end: end + offset };
}

/** Whether what stands at a position is replaced. */
export function isReplaced({ replaced }: Draft, { start }: Span): boolean {
  return replaced.some((span) => span.start <= start && start < span.end);
}
