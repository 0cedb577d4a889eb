// Where each conversation stands in the container now: a range, or lost. Follows changes of the page's text.
import { locate } from "../core/anchor";
import type { Anchor } from "../core/model";
import { readText, type TextModel } from "../page/text-model";

export interface Found {
  readonly range: Range;
  /** Offsets in the container's text: the order of the page. */
  readonly start: number;
  readonly end: number;
}

export interface Marks {
  /** The container's text when it was last read. */
  model(): TextModel;
  found(id: string): Found | undefined;
  /** The heading under which a conversation stands. */
  headingOf(id: string): string;
  /** Finds the places of `targets`; known ones are not looked for again. */
  sync(targets: readonly Target[]): void;
  /** Reads the container again. */
  refresh(): void;
  destroy(): void;
}

interface Target {
  readonly id: string;
  readonly anchor?: Anchor | undefined;
}

/** Where the words of an anchor are, and once it is asked for, their range. */
interface Place {
  readonly anchor: Anchor | undefined;
  readonly at: ReturnType<typeof locate> | undefined;
  found?: Found | undefined;
}

export function createMarks(container: Element, changed: () => void): Marks {
  let places = new Map<string, Place>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let costMs = 0;
  let model = readText(container);

  const observer = new MutationObserver((records) => {
    const isOurs = ({ target }: MutationRecord): boolean => !!(target as Element).matches?.("[data-collabchat-ignore]");
    // A page that changes all the time costs us a twentieth of its time at most.
    if (!records.every(isOurs)) timer ??= setTimeout(refresh, Math.max(150, costMs * 20));
  });
  // The attributes are what may hide or show text.
  const attributeFilter = ["hidden", "open", "class", "style"];
  observer.observe(container, { childList: true, characterData: true, subtree: true, attributeFilter });

  function found(id: string): Found | undefined {
    const place = places.get(id);
    if (place?.at?.state !== "exact") return undefined;
    const { start, end } = place.at;
    return (place.found ??= { range: model.toRange(start, end), start, end });
  }

  function refresh(): void {
    clearTimeout(timer);
    timer = undefined;
    const { text } = model;
    const begin = performance.now();
    model = readText(container);
    costMs = performance.now() - begin;
    // The same text may stand in new nodes: then places hold, but ranges do not.
    if (model.text !== text) places.clear();
    for (const place of places.values()) place.found = undefined;
    changed();
  }

  return {
    model: () => model,
    found,
    refresh,
    headingOf(id) {
      const node = found(id)?.range.startContainer;
      const isBefore = (heading: Element): boolean => !!node && !!(heading.compareDocumentPosition(node) & 4);
      return [...container.querySelectorAll("h2,h3,h4,h5,h6")].findLast(isBefore)?.textContent.trim() ?? "";
    },
    sync(targets) {
      const old = places;
      places = new Map();
      for (const { id, anchor } of targets) {
        const known = old.get(id);
        // Conversations of older clients have no anchor that we could check.
        places.set(
          id,
          known?.anchor === anchor && known ? known : { anchor, at: anchor && locate(model.text, anchor) },
        );
      }
    },
    destroy() {
      observer.disconnect();
      clearTimeout(timer);
    },
  };
}
