// Where a window or a prompt stands: beside, below or above its words. Pure numbers, CSS px, one coordinate system
// (the viewport's) for everything in and out. Measures: reference/design/DESIGN-NOTES.md, "Anatomy".

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The side of the words on which the window stands. */
export type Side = "to-right" | "to-left" | "to-top" | "to-bottom";

export interface Placement {
  readonly side: Side;
  readonly left: number;
  readonly top: number;
  /**
   * From the window's top (beside) or left edge (below, above; in right-to-left pages too) to the arrow's centre,
   * counted from inside the border, where CSS insets of its children begin.
   */
  readonly arrowAt: number;
  /** The dotted line, 1 px high, that carries the underline out to the arrow. */
  readonly leader?: { readonly left: number; readonly top: number; readonly width: number };
  /** The window must not grow higher than this. */
  readonly maxHeight: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const BORDER = 1;
const ARROW_DEPTH = 8;
const HALF_ARROW = 8;
/** From the words to the window: the arrow and 4 px of air. */
const GAP = ARROW_DEPTH + 4;
/** Between window and edge of the view. */
const EDGE = 8;
/** The arrow's centre stays so far from the window's ends, counted as `arrowAt`: its base 16 px from the corner. */
const CORNER = 16 + HALF_ARROW - BORDER;
/** The arrow's centre beside: 18 px and half its base, the middle of the head. */
const HEAD = 18 + HALF_ARROW;
/** A margin narrower than this, for a window of 410 px, is no place to stand. */
const MARGIN_ROOM = 20;
/** Where the margin is wide, the window leaves the column of markers free. */
const MARKERS = 64;
/** The leader ends this short of the window, 2 px before the arrow's tip. */
const LEADER_END = ARROW_DEPTH + 2;
/** A shorter leader would only smudge the arrow's tip. */
const SHORTEST_LEADER = 6;
const MAX_HEIGHT_SHARE = 0.7;
/** Below this a window is useless; it rather stands over the page's edge. */
const LEAST_HEIGHT = 200;
/** From the last character to the tip of the prompt's arrow. */
const PROMPT_AIR = 1;

/**
 * The place of a conversation's window: the free margin right of the container, else left of it, else below the
 * words, else above, else where there is more room. `words` are the highlight's line boxes in reading order.
 */
export function placeWindow(words: readonly Box[], container: Box, window: Size, viewport: Box): Placement {
  const maxHeight = Math.round(viewport.height * MAX_HEIGHT_SHARE);
  const height = Math.min(window.height, maxHeight);
  const last = lineOf(words, words.length - 1);
  const outer = unite([container, ...words]);
  const roomRight = right(viewport) - right(outer);
  const roomLeft = outer.left - viewport.left;
  const roomNeeded = window.width + MARGIN_ROOM;

  if (roomRight >= roomNeeded || roomLeft >= roomNeeded) {
    const isRight = roomRight >= roomNeeded;
    const distance = Math.min(MARKERS, (isRight ? roomRight : roomLeft) - window.width - EDGE);
    const left = isRight ? right(outer) + distance : outer.left - distance - window.width;
    const underline = bottom(last);
    const top = clamp(
      underline - HEAD - BORDER,
      viewport.top + EDGE,
      Math.max(viewport.top + EDGE, bottom(viewport) - EDGE - height),
    );
    const arrowAt = clamp(underline - top - BORDER, CORNER, Math.max(CORNER, height - CORNER - 2 * BORDER));
    const leaderLeft = isRight ? right(last) : left + window.width + LEADER_END;
    const leaderRight = isRight ? left - LEADER_END : last.left;
    const placement: Placement = { side: isRight ? "to-right" : "to-left", left, top, arrowAt, maxHeight };
    return leaderRight - leaderLeft < SHORTEST_LEADER
      ? placement
      : { ...placement, leader: { left: leaderLeft, top: underline - 1, width: leaderRight - leaderLeft } };
  }

  const first = lineOf(words, 0);
  const roomBelow = bottom(viewport) - bottom(last) - GAP - EDGE;
  const roomAbove = first.top - viewport.top - GAP - EDGE;
  const isBelow = roomBelow >= height || (roomAbove < height && roomBelow >= roomAbove);
  const room = Math.max(LEAST_HEIGHT, isBelow ? roomBelow : roomAbove);
  const line = isBelow ? last : first;
  return {
    side: isBelow ? "to-bottom" : "to-top",
    ...acrossFrom(line.left + line.width / 2, window.width, viewport, window.width / 4),
    top: isBelow ? bottom(line) + GAP : line.top - GAP - Math.min(height, room),
    maxHeight: Math.min(maxHeight, room),
  };
}

/**
 * The place of the prompt: its arrow to the last character, below it, or above where the reader let go upwards;
 * on the other side where the view ends. `lastCharacter` is the one at which the selection was let go.
 */
export function placePrompt(lastCharacter: Box, prompt: Size, viewport: Box, prefersAbove: boolean): Placement {
  const distance = PROMPT_AIR + ARROW_DEPTH;
  const above = lastCharacter.top - distance - prompt.height;
  const below = bottom(lastCharacter) + distance;
  const fitsAbove = above >= viewport.top + EDGE;
  const fitsBelow = below + prompt.height <= bottom(viewport) - EDGE;
  const isAbove = prefersAbove ? fitsAbove || !fitsBelow : fitsAbove && !fitsBelow;
  return {
    side: isAbove ? "to-top" : "to-bottom",
    ...acrossFrom(lastCharacter.left + lastCharacter.width / 2, prompt.width, viewport, CORNER),
    top: isAbove ? above : below,
    maxHeight: prompt.height,
  };
}

/** A box below or above the point `x`: within the view, its arrow at the point, by preference `arrowAt` from its left. */
function acrossFrom(x: number, width: number, viewport: Box, arrowAt: number): { left: number; arrowAt: number } {
  const leftmost = viewport.left + EDGE;
  const left = clamp(x - arrowAt - BORDER, leftmost, Math.max(leftmost, right(viewport) - EDGE - width));
  return { left, arrowAt: clamp(x - left - BORDER, CORNER, width - CORNER - 2 * BORDER) };
}

/** The line on which words[index] stands: inline elements may split a line into several boxes. */
function lineOf(words: readonly Box[], index: number): Box {
  const word = words[index];
  if (!word) throw new RangeError("A window needs words to stand at.");
  const middle = word.top + word.height / 2;
  return unite(words.filter((box) => box.top <= middle && middle <= bottom(box)));
}

function unite(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const width = Math.max(...boxes.map(right)) - left;
  return { left, top, width, height: Math.max(...boxes.map(bottom)) - top };
}

function right(box: Box): number {
  return box.left + box.width;
}

function bottom(box: Box): number {
  return box.top + box.height;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
