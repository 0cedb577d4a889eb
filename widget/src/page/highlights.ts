// Shows where conversations belong: CSS Custom Highlights, which leave the page's nodes alone. Where the browser lacks
// them the words are not marked, but can be pressed all the same. Highlights are named page-wide and shared by all
// widgets: each adds and deletes only its own ranges, and never clears.
import { MARK_NAMES, rules, type MarkName } from "./looks";
import { textRects } from "./rects";

/** "pending": written here, and not stored yet. */
export type MarkState = "open" | "mine" | "pending" | "resolved";

export interface Mark {
  readonly id: string;
  /** A live range, kept by the caller; an equal mark has the same object. */
  readonly range: Range;
  /** Where that is in the container's text. */
  readonly start: number;
  readonly end: number;
  readonly state: MarkState;
}

export interface Painter {
  /** Repaints only what changed. */
  show(
    marks: readonly Mark[],
    activeIds: ReadonlySet<string | undefined>,
    isDark: boolean,
    isHovered: boolean,
    toRange: ToRange,
  ): void;
  /** The mark under a point in the viewport, the shortest of several; none where another element covers the words. */
  at(x: number, y: number): string | undefined;
  destroy(): void;
}

type ToRange = (start: number, end: number) => Range;

/** The underline hangs this far out of its line box, in px. */
const UNDERLINE = 2;

export function createPainter(container: HTMLElement): Painter {
  const root = container.getRootNode() as Document | ShadowRoot;
  // Rules reach only the tree that holds their sheet. Constructed ones are not subject to the page's style-src.
  const sheet = new CSSStyleSheet();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const painted = new Map<MarkName, ReadonlySet<Range>>();
  let shown: readonly Mark[] = [];
  let overlaps: readonly Range[] = [];
  let css = "";

  function paint(name: MarkName, ranges?: readonly Range[]): void {
    const { highlights } = CSS;
    const wanted = new Set(ranges);
    let highlight = highlights?.get(name);
    if (!highlight) {
      if (!wanted.size || !highlights) return;
      highlight = new Highlight();
      highlight.priority = MARK_NAMES.indexOf(name);
      highlights.set(name, highlight);
    }
    for (const range of painted.get(name) ?? []) if (!wanted.has(range)) highlight.delete(range);
    for (const range of wanted) highlight.add(range);
    if (!highlight.size) highlights.delete(name);
    painted.set(name, wanted);
  }

  return {
    show(marks, activeIds, isDark, isHovered, toRange) {
      if (!areSame(marks, shown)) overlaps = findOverlaps(marks, toRange);
      shown = marks;
      const wanted = rules(isDark, isHovered);
      if (css !== wanted) sheet.replaceSync((css = wanted));
      for (const name of MARK_NAMES) {
        const has = ({ id, state }: Mark) =>
          name === `collab-chat-${state}` ||
          (name === "collab-chat" && state !== "resolved") ||
          (activeIds.has(id) && /chat(-active)?$/.test(name));
        paint(name, name === "collab-chat-overlap" ? overlaps : marks.filter(has).map(({ range }) => range));
      }
    },

    at(x, y) {
      const element = root.elementFromPoint(x, y);
      if (!element || !container.contains(element)) return undefined;
      const holdsPoint = ({ left, right, top, bottom }: DOMRect) =>
        left <= x && x <= right && top <= y && y <= bottom + UNDERLINE;
      const isHit = ({ range }: Mark) => range.intersectsNode(element) && textRects(range).some(holdsPoint);
      const length = ({ start, end }: Mark) => end - start;
      return shown.filter(isHit).sort((a, b) => length(a) - length(b))[0]?.id;
    },

    destroy() {
      for (const name of MARK_NAMES) paint(name);
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    },
  };
}

function areSame(marks: readonly Mark[], others: readonly Mark[]): boolean {
  return (
    marks.length === others.length &&
    marks.every(({ range, state }, index) => range === others[index]?.range && state === others[index].state)
  );
}

/** Where two or more marks lie on each other; resolved ones have no tint that could deepen. */
function findOverlaps(marks: readonly Mark[], toRange: ToRange): Range[] {
  const tinted = marks.filter((mark) => mark.state !== "resolved").sort((a, b) => a.start - b.start);
  const overlaps: Range[] = [];
  let furthest = 0;
  for (const { start, end } of tinted) {
    if (start < furthest) overlaps.push(toRange(start, Math.min(end, furthest)));
    furthest = Math.max(furthest, end);
  }
  return overlaps;
}
