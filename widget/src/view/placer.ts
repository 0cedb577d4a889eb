// Puts prompt, window, leader, list and markers where they belong, by writing styles: nothing here is drawn anew.
//
// The layer's host lies at the document's origin, so what stands beside words scrolls with them by itself. A window is
// placed when it opens, when its words move and when its content grows; never because a reader scrolls.
import { placePrompt, placeWindow, type Box, type Placement } from "../core/place";
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
  readonly areMarkersStale: boolean;
}

export function createPlacer(container: HTMLElement, { host, root }: Host, marks: Marks): (scene: Scene) => void {
  /** What the window's place was computed from. */
  let basis = "";

  const find = (selector: string): HTMLElement | null => root.querySelector(selector);

  /** To a point of the viewport. */
  function move(element: HTMLElement, { left, top }: { readonly left: number; readonly top: number }): void {
    const origin = host.getBoundingClientRect();
    put(element, { left: left - origin.left, top: top - origin.top });
  }

  function settle(element: HTMLElement, placement: Placement): void {
    element.classList.remove("to-right", "to-left", "to-top", "to-bottom");
    element.classList.add(placement.side);
    move(element, placement);
    put(element, { "max-height": placement.maxHeight, "--arrow-at": placement.arrowAt });
  }

  /** Under the bar's button; without a bar at the top of the view. */
  function hang(element: HTMLElement | null, door: Element | null | undefined): void {
    if (!element) return;
    const { width } = viewport();
    const { left = width, right = width, bottom = 0 } = door?.getBoundingClientRect() ?? {};
    const wanted = element.matches(":dir(rtl)") ? right - element.offsetWidth : left;
    const most = width - element.offsetWidth - edge;
    move(element, { left: Math.max(edge, Math.min(wanted, most)), top: Math.max(0, bottom) + edge });
  }

  function placeBeside({ range, isBackward }: Selected): void {
    const prompt = find(".cc-prompt:not([data-form])");
    const at = marks.model().fromRange(range);
    if (!prompt || !at) return;
    const last = isBackward ? at.start : at.end - 1;
    const [box] = textRects(marks.model().toRange(last, last + 1));
    if (box) settle(prompt, placePrompt(box, sizeOf(prompt), viewport(), isBackward));
  }

  function placeChat(element: HTMLElement, leader: HTMLElement, { words, door }: Scene): void {
    const [first, ...rest] = words ? textRects(words) : [];
    const view = viewport();
    const scroll = element.querySelector(".cc-scroll");
    const { width, height: shown } = sizeOf(element);
    // Without a limit: what scrolls inside counts in full.
    const height = shown + (scroll ? scroll.scrollHeight - scroll.clientHeight : 0);
    const origin = host.getBoundingClientRect();
    const place = first ? [first.left - origin.left, first.top - origin.top] : [];
    const now = [element.dataset["chatId"], height, view.width, view.height, ...place].join();
    const isOut = !first || first.top > view.height || first.bottom < 0;
    // Nothing moves under a reader who has scrolled away, unless it is for the field that they write in.
    if (now === basis || (basis && isOut && !element.matches(":focus-within"))) return;
    basis = now;
    leader.hidden = true;
    if (!first) return hang(element, door);
    const placement = placeWindow([first, ...rest], container.getBoundingClientRect(), { width, height }, view);
    settle(element, placement);
    const line = placement.leader;
    if (!line) return;
    leader.hidden = false;
    move(leader, line);
    put(leader, { width: line.width });
  }

  /** At the first line of their words: in the margin, or where there is none, seen only on focus. */
  function placeMarkers(openId: string | undefined): void {
    const bounds = container.getBoundingClientRect();
    const isRtl = container.matches(":dir(rtl)");
    const side = isRtl ? bounds.left : bounds.right;
    const outward = isRtl ? -1 : 1;
    const x = side + outward * markerGap;
    const ends = [Math.max(bounds.top, 0) + 4, Math.min(bounds.bottom, innerHeight) - 4];
    const isFree =
      (isRtl ? x : innerWidth - x) >= markerRoom &&
      ends.every((y) => {
        const hit = document.elementFromPoint(x + outward * 20, y);
        return !hit || hit.contains(container) || hit === host;
      });
    let floor = -Infinity;
    const places = [...root.querySelectorAll<HTMLElement>(".cc-marker")].map((marker) => {
      const id = marker.dataset["marker"] ?? "";
      const { top, height } = firstCharacter(marks.found(id)?.range);
      const wanted = top + (height - markerHeight) / 2;
      // In a container that scrolls, the words may be out of its sight.
      const isSeen = isFree && id !== openId && top >= bounds.top && top <= bounds.bottom;
      if (isSeen) floor = Math.max(floor + markerHeight, wanted);
      return { marker, isSeen, top: isSeen ? floor : wanted };
    });
    for (const { marker, top, isSeen } of places) {
      move(marker, { left: isFree ? x : side, top });
      marker.toggleAttribute("data-tucked", !isSeen);
      // Towards the text where the margin is taken, out of it where it is free.
      marker.toggleAttribute("data-back", isRtl === isFree);
    }
  }

  return (scene) => {
    const { offsetTop, height } = visualViewport ?? { offsetTop: 0, height: innerHeight };
    // The part of the screen that the keyboard leaves, for what fills it.
    put(host, { "--view-top": offsetTop, "--view-height": height });
    hang(find(".cc-panel:not([data-form])"), scene.door);
    if (scene.selected) placeBeside(scene.selected);
    const element = find(".cc-window");
    const leader = find(".cc-leader");
    if (element && leader && !element.dataset["form"]) placeChat(element, leader, scene);
    else {
      basis = "";
      element?.removeAttribute("style");
      if (leader) leader.hidden = true;
    }
    if (scene.areMarkersStale) placeMarkers(scene.openId);
  };
}

function viewport(): Box {
  const { clientWidth, clientHeight } = document.documentElement;
  return { left: 0, top: 0, width: clientWidth, height: clientHeight };
}

function sizeOf({ offsetWidth, offsetHeight }: HTMLElement): { width: number; height: number } {
  return { width: offsetWidth, height: offsetHeight };
}

function firstCharacter(range: Range | undefined): DOMRect {
  const first = range?.cloneRange() ?? document.createRange();
  const { startContainer, startOffset } = first;
  if (startContainer instanceof Text) first.setEnd(startContainer, Math.min(startOffset + 1, startContainer.length));
  return first.getBoundingClientRect();
}

/** Writes lengths. */
function put(element: HTMLElement, lengths: Readonly<Record<string, number>>): void {
  for (const [name, length] of Object.entries(lengths)) element.style.setProperty(name, `${length}px`);
}
