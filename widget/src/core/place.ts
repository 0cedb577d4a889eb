// Where a window or a prompt stands: beside, below or above its words. Pure numbers, CSS px, one coordinate system
// (the viewport's) for everything in and out. Measures: reference/design/DESIGN-NOTES.md, "Anatomy".

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The side of the words on which the window stands. */
export type Side = "right" | "left" | "top" | "bottom";

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
/** From the words to the window: the arrow and 4 px of air. */
const GAP = 12;
/** From the last character to the prompt: the arrow and 1 px. */
const PROMPT_GAP = 9;
/** Between window and edge of the view. */
const EDGE = 8;
/** The arrow's centre stays so far from the window's ends: its base, 16 px wide, 16 px from the corner. */
const CORNER = 23;
/** The arrow's centre beside: the middle of the head. */
const HEAD = 26;
/** A margin narrower than this, for a window of 410 px, is no place to stand. */
const MARGIN_ROOM = 20;
/** Where the margin is wide, the window leaves the column of markers free. */
const MARKERS = 64;
/** The leader ends this short of the window, 2 px before the arrow's tip. */
const LEADER_END = 10;
/** A shorter leader would only smudge the arrow's tip. */
const SHORTEST_LEADER = 6;
const MAX_HEIGHT_SHARE = 0.7;
/** Below this a window is useless; it rather stands over the page's edge. */
const LEAST_HEIGHT = 200;

/**
 * The place of a conversation's window: the free margin right of the container, else left of it, else below the
 * words, else above, else where there is more room. `words` are the highlight's line boxes in reading order, one at
 * least; the view begins at 0, 0.
 */
export function placeWindow(words: readonly Box[], container: Box, window: Size, view: Box): Placement {
  const first = words[0] as Box;
  const last = words.at(-1) as Box;
  const most = Math.round(view.height * MAX_HEIGHT_SHARE);
  const height = Math.min(window.height, most);
  const { width } = window;
  // The words may hang over the container's edge.
  const end = Math.max(right(container), ...words.map(right));
  const roomRight = view.width - end;
  const isRight = roomRight >= width + MARGIN_ROOM;
  const room = isRight ? roomRight : container.left;

  if (room >= width + MARGIN_ROOM) {
    const distance = Math.min(MARKERS, room - width - EDGE);
    const left = isRight ? end + distance : container.left - distance - width;
    const underline = bottom(last);
    const top = clamp(underline - HEAD - BORDER, EDGE, view.height - EDGE - height);
    const arrowAt = clamp(underline - top - BORDER, CORNER, height - CORNER - 2 * BORDER);
    const from = isRight ? right(last) : left + width + LEADER_END;
    const length = (isRight ? left - LEADER_END : last.left) - from;
    return {
      ...{ side: isRight ? "right" : "left", left, top, arrowAt, maxHeight: most },
      ...(length >= SHORTEST_LEADER && { leader: { left: from, top: underline - 1, width: length } }),
    };
  }

  const below = view.height - bottom(last) - GAP - EDGE;
  const above = first.top - GAP - EDGE;
  const isAbove = below < height && above > below;
  const maxHeight = Math.min(most, Math.max(LEAST_HEIGHT, isAbove ? above : below));
  return stand(
    isAbove ? first : last,
    isAbove,
    GAP,
    width / 4,
    { width, height: Math.min(height, maxHeight) },
    view,
    maxHeight,
  );
}

/**
 * The place of the prompt: its arrow to the last character, below it, or above where the reader let go upwards;
 * on the other side where the view ends. `lastCharacter` is the one at which the selection was let go.
 */
export function placePrompt(lastCharacter: Box, prompt: Size, view: Box, prefersAbove: boolean): Placement {
  const room = prompt.height + PROMPT_GAP + EDGE;
  const isAbove = prefersAbove ? lastCharacter.top >= room : bottom(lastCharacter) + room > view.height;
  return stand(lastCharacter, isAbove, PROMPT_GAP, CORNER, prompt, view, prompt.height);
}

/** Below or above `at`: within the view, the arrow at its middle, by preference `arrow` px from the left. */
function stand(
  at: Box,
  isAbove: boolean,
  gap: number,
  arrow: number,
  { width, height }: Size,
  view: Box,
  maxHeight: number,
): Placement {
  const x = at.left + at.width / 2 - BORDER;
  const left = clamp(x - arrow, EDGE, view.width - EDGE - width);
  return {
    side: isAbove ? "top" : "bottom",
    left,
    top: isAbove ? at.top - gap - height : bottom(at) + gap,
    arrowAt: clamp(x - left, CORNER, width - CORNER - 2 * BORDER),
    maxHeight,
  };
}

function right(box: Box): number {
  return box.left + box.width;
}

function bottom(box: Box): number {
  return box.top + box.height;
}

/** Where both limits cannot hold, `least` does. */
function clamp(value: number, least: number, most: number): number {
  return Math.max(Math.min(value, most), least);
}
