// Shows where conversations belong: CSS Custom Highlights, which leave the page's nodes alone; drawn rectangles where
// the browser lacks them. Highlights are named page-wide and shared by all widgets: each adds and deletes only its own
// ranges, and never clears.
import { createDrawing } from "./drawing";
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
  /** Repaints only what changed, where the browser paints by itself. */
  show(marks: readonly Mark[], activeIds: ReadonlySet<string>, isDark: boolean, toRange: ToRange): void;
  /** The mark under a point in the viewport, the shortest of several; none where another element covers the words. */
  at(x: number, y: number): string | undefined;
  destroy(): void;
}

type ToRange = (start: number, end: number) => Range;

/** What paints: our highlights, or the drawing. */
export interface Canvas {
  /** All ranges that are to be seen under each name. */
  paint(layers: Layers, isDark: boolean): void;
  destroy(): void;
}

export type Layers = ReadonlyMap<MarkName, ReadonlySet<Range>>;

/** The underline hangs this far out of its line box, in px. */
const UNDERLINE = 2;

export function createPainter(container: HTMLElement): Painter {
  const root = container.getRootNode() as Document | ShadowRoot;
  const canvas = CSS.highlights ? createHighlighting(container) : createDrawing();
  let shown: readonly Mark[] = [];
  let overlaps: readonly Range[] = [];

  return {
    show(marks, activeIds, isDark, toRange) {
      if (!areSame(marks, shown)) overlaps = findOverlaps(marks, toRange);
      shown = marks;
      const layers = new Map<MarkName, Set<Range>>(MARK_NAMES.map((name) => [name, new Set()]));
      const put = (name: MarkName, range: Range) => layers.get(name)?.add(range);
      for (const { id, range, state } of marks) {
        const isActive = activeIds.has(id);
        if (state !== "open") put(`collab-chat-${state}`, range);
        if (state !== "resolved" || isActive) put("collab-chat", range);
        if (isActive) put("collab-chat-active", range);
      }
      for (const range of overlaps) put("collab-chat-overlap", range);
      canvas.paint(layers, isDark);
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

    destroy: canvas.destroy,
  };
}

function createHighlighting(container: HTMLElement): Canvas {
  const root = container.getRootNode() as Document | ShadowRoot;
  // Rules reach only the tree that holds their sheet. Constructed ones are not subject to the page's style-src.
  const sheet = new CSSStyleSheet();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  let painted: Layers = new Map();
  let wasDark: boolean | undefined;

  function paint(layers: Layers, isDark: boolean): void {
    if (isDark !== wasDark) sheet.replaceSync(rules((wasDark = isDark)));
    for (const [priority, name] of MARK_NAMES.entries()) {
      const wanted = layers.get(name) ?? new Set();
      const had = painted.get(name) ?? new Set();
      let highlight = CSS.highlights.get(name);
      if (!highlight) {
        if (!wanted.size) continue;
        highlight = new Highlight();
        highlight.priority = priority;
        CSS.highlights.set(name, highlight);
      }
      for (const range of had) if (!wanted.has(range)) highlight.delete(range);
      for (const range of wanted) if (!had.has(range)) highlight.add(range);
      if (!highlight.size) CSS.highlights.delete(name);
    }
    painted = layers;
  }

  return {
    paint,
    destroy() {
      paint(new Map(), false);
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
