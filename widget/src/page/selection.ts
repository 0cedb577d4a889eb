// Reports the words that a reader has finished selecting, by mouse, touch or keyboard.

import { listen } from "./listen";

export interface Selected {
  /** A copy that outlives the selection: focus in a field of ours would collapse the browser's own. */
  readonly range: Range;
  /** The reader let go at the start of the words. */
  readonly isBackward: boolean;
  readonly byTouch: boolean;
}

const edges = ["startContainer", "startOffset", "endContainer", "endOffset"] as const;

/**
 * Reports a selection that begins or ends in the container `delayMs` after its last change, never while the pointer is
 * still down, and undefined as soon as it is gone; until `signal` is aborted.
 *
 * On touch screens there is no pointerup: the browser takes the gesture over (pointercancel), then moves the handles,
 * and only selectionchange tells. A press on a button of ours must preventDefault on mousedown, or the browser collapses the
 * selection.
 */
export function watchSelection(
  container: HTMLElement,
  delayMs: number,
  report: (selected: Selected | undefined) => void,
  signal: AbortSignal,
): void {
  const on = { capture: true, passive: true, signal };
  let reported: Range | undefined;
  let isPointerDown = false;
  let byTouch = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function settle(): void {
    clearTimeout(timer);
    const selected = selectionOf(container);
    if (!selected) {
      if (reported) report((reported = undefined));
    } else if (!isPointerDown) {
      timer = setTimeout(() => {
        const { range } = selected;
        if (edges.every((edge) => range[edge] === reported?.[edge])) return;
        reported = range;
        report({ ...selected, byTouch });
      }, delayMs);
    }
  }

  function setPointer(event: Event): void {
    const { type, button, pointerType } = event as PointerEvent;
    if (button > 0) return;
    isPointerDown = type === "pointerdown";
    byTouch = pointerType === "touch";
    settle();
  }

  listen(document, "pointerdown pointerup pointercancel", setPointer, on);
  listen(document, "keydown", () => (byTouch = false), on);
  listen(document, "selectionchange", settle, on);
  settle();
}

/** The words now selected, at least partly in the container. */
function selectionOf(container: HTMLElement): { range: Range; isBackward: boolean } | undefined {
  // Chromium keeps a selection inside a shadow root to that root.
  const root = container.getRootNode() as Partial<Document>;
  const selection = root.getSelection?.() ?? getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return undefined;
  const range = selection.getRangeAt(0).cloneRange();
  const { startContainer, startOffset, endContainer } = range;
  if (!container.contains(startContainer) && !container.contains(endContainer)) return undefined;
  return { range, isBackward: selection.focusNode === startContainer && selection.focusOffset === startOffset };
}
