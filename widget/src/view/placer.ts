// Puts prompt, window, leader, list and markers where they belong, by writing styles: nothing here is drawn anew.
//
// The layer's host lies at the document's origin, so what stands beside words scrolls with them by itself. A window is
// placed when it opens, when its words move and when its content grows; never because a reader scrolls.
import { placePrompt, placeWindow, type Placement } from "../core/place";
import { textRects } from "../page/rects";
import type { Selected } from "../page/selection";
import type { Host } from "./host";
import type { Marks } from "./marks";

const edge = 8;
const markerGap = 8;
const markerRoom = 52;
const markerHeight = 24;

export interface Scene {
  readonly selected: Selected | undefined;
  /** What the open window is about; without words it stands, like the list, under the bar's `door`. */
  readonly words: Range | undefined;
  readonly door: Element | null | undefined;
  /** The open conversation has no marker: its window is there. */
  readonly openId: string | undefined;
}

export function createPlacer(container: HTMLElement, { host, root }: Host, marks: Marks): (scene: Scene) => void {
  /** What the window's place was computed from. */
  let basis = "";

  return ({ selected, words, door, openId }) => {
    const find = (selector: string): HTMLElement | null => root.querySelector(selector);
    const origin = host.getBoundingClientRect();
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const view = { left: 0, top: 0, width, height };

    /** Writes a place in the viewport, and lengths. */
    function put(element: HTMLElement, left: number, top: number, lengths?: Readonly<Record<string, number>>): void {
      const all = { left: left - origin.left, top: top - origin.top, ...lengths };
      for (const [name, length] of Object.entries(all)) element.style.setProperty(name, `${length}px`);
    }

    function settle(element: HTMLElement, { side, left, top, maxHeight, arrowAt }: Placement): void {
      element.dataset["side"] = side;
      put(element, left, top, { "max-height": maxHeight, "--cc-at": arrowAt });
    }

    /** Under the bar's button; without a bar at the top of the view. */
    function hang(element: HTMLElement): void {
      const { left, right, bottom } = door?.getBoundingClientRect() ?? { left: width, right: width, bottom: 0 };
      const { offsetWidth } = element;
      const wanted = element.matches(":dir(rtl)") ? right - offsetWidth : left;
      put(element, Math.max(edge, Math.min(wanted, width - offsetWidth - edge)), Math.max(0, bottom) + edge);
    }

    // The part of the screen that the keyboard leaves, for what fills it.
    const screen = visualViewport ?? { offsetTop: 0, height };
    host.style.setProperty("--cc-top", `${screen.offsetTop}px`);
    host.style.setProperty("--cc-height", `${screen.height}px`);

    const list = find(".cc-panel:not([data-form])");
    if (list) hang(list);

    const prompt = find(".cc-prompt:not([data-form])");
    const at = prompt && selected && marks.model().fromRange(selected.range);
    if (at) {
      const last = selected.isBackward ? at.start : at.end - 1;
      const [box] = textRects(marks.model().toRange(last, last + 1));
      const size = { width: prompt.offsetWidth, height: prompt.offsetHeight };
      if (box) settle(prompt, placePrompt(box, size, view, selected.isBackward));
    }

    const chat = find(".cc-window");
    const leader = find(".cc-leader") as HTMLElement;
    if (!chat || chat.dataset["form"]) {
      basis = "";
      leader.hidden = true;
      chat?.removeAttribute("style");
    } else {
      const lines = words ? textRects(words) : [];
      const [first] = lines;
      const scroll = chat.querySelector(".cc-scroll");
      const size = {
        width: chat.offsetWidth,
        // Without a limit: what scrolls inside counts in full.
        height: chat.offsetHeight + (scroll ? scroll.scrollHeight - scroll.clientHeight : 0),
      };
      const place = first && [first.left - origin.left, first.top - origin.top];
      const now = [openId, size.height, width, height, place].join();
      const isSeen = first && first.top < height && first.bottom > 0;
      // Nothing moves under a reader who has scrolled away, unless it is for the field that they write in.
      if (now !== basis && (!basis || isSeen || chat.matches(":focus-within"))) {
        basis = now;
        leader.hidden = true;
        if (!first) hang(chat);
        else {
          const placement = placeWindow(lines, container.getBoundingClientRect(), size, view);
          const line = placement.leader;
          settle(chat, placement);
          leader.hidden = !line;
          if (line) put(leader, line.left, line.top, { width: line.width });
        }
      }
    }

    // Markers, at the first line of their words: in the margin, or where there is none, seen only on focus.
    const { right, top, bottom } = container.getBoundingClientRect();
    const x = right + markerGap;
    const isFree = width - x >= markerRoom;
    let floor = -Infinity;
    for (const marker of root.querySelectorAll<HTMLElement>("[data-marker]")) {
      const id = marker.dataset["marker"] ?? "";
      const range = marks.found(id)?.range;
      const [line] = range ? textRects(range) : [];
      if (!line) continue;
      // In a container that scrolls, the words may be out of its sight.
      const isSeen = isFree && id !== openId && line.top >= top && line.top <= bottom;
      let y = line.top + (line.height - markerHeight) / 2;
      if (isSeen) floor = y = Math.max(floor + markerHeight, y);
      put(marker, isFree ? x : right, y);
      marker.toggleAttribute("data-tucked", !isSeen);
      // Towards the text where the margin is taken, out of it where it is free.
      marker.toggleAttribute("data-back", !isFree);
    }
  };
}
