// Where each conversation stands in the container now: a range, or lost. Follows changes of the page's text.
import { locate } from "../core/anchor";
import type { Anchor } from "../core/model";
import { readText, type TextModel } from "../page/text-model";

export interface Found {
  readonly range: Range;
  /** Offset in the container's text: the order of the page. */
  readonly start: number;
}

export interface Marks {
  /** The container's text when it was last read. */
  model(): TextModel;
  found(id: string): Found | undefined;
  /** Lost, because the words stand in the text twice. */
  isAmbiguous(id: string): boolean;
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
  readonly anchor?: Anchor;
}

interface Place {
  readonly anchor: Anchor | undefined;
  readonly at: ReturnType<typeof locate> | undefined;
  found?: Found;
}

export function createMarks(container: Element, changed: () => void): Marks {
  let places = new Map<string, Place>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let costMs = 0;
  let text = read();

  const observer = new MutationObserver((records) => {
    const isOurs = ({ target }: MutationRecord): boolean => !!(target as Element).matches?.("[data-collabchat-ignore]");
    // A page that changes all the time costs us a twentieth of its time at most.
    if (!records.every(isOurs)) timer ??= setTimeout(refresh, Math.max(150, costMs * 20));
  });
  // The attributes are what may hide or show text.
  const attributeFilter = ["hidden", "open", "class", "style"];
  observer.observe(container, { childList: true, characterData: true, subtree: true, attributeFilter });

  function read(): TextModel {
    const begin = performance.now();
    const model = readText(container);
    costMs = performance.now() - begin;
    return model;
  }

  function found(id: string): Found | undefined {
    const place = places.get(id);
    if (place?.at?.state !== "exact") return undefined;
    const { start, end } = place.at;
    return (place.found ??= { range: text.toRange(start, end), start });
  }

  function refresh(): void {
    clearTimeout(timer);
    timer = undefined;
    const before = text.text;
    text = read();
    // The same text may stand in new nodes: then places hold, but ranges do not.
    if (text.text !== before) places.clear();
    for (const place of places.values()) delete place.found;
    changed();
  }

  return {
    model: () => text,
    found,
    refresh,
    isAmbiguous(id) {
      const at = places.get(id)?.at;
      return at?.state === "lost" && at.reason === "ambiguous";
    },
    headingOf(id) {
      const node = found(id)?.range.startContainer;
      const isBefore = (heading: Element): boolean =>
        !!node && !!(heading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING);
      return [...container.querySelectorAll("h2,h3,h4,h5,h6")].findLast(isBefore)?.textContent.trim() ?? "";
    },
    sync(targets) {
      const old = places;
      places = new Map();
      for (const { id, anchor } of targets) {
        const known = old.get(id);
        // Conversations of older clients have no anchor that we could check.
        const fresh = (): Place => ({ anchor, at: anchor && locate(text.text, anchor) });
        places.set(id, known && known.anchor === anchor ? known : fresh());
      }
    },
    destroy() {
      observer.disconnect();
      clearTimeout(timer);
    },
  };
}
