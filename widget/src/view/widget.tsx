/** @jsxImportSource ./dom */
// One container's widget: joins client, desk, marks and painter, draws bar and layer, and listens to the reader.
import { describe } from "../core/anchor";
import { createClient } from "../io/client";
import { languageOf } from "../locales";
import { createPainter, type Mark } from "../page/highlights";
import { watchSelection, type Selected } from "../page/selection";
import { describeRange } from "../page/text-model";
import { watchTheme } from "../page/theme";
import { bar } from "./bar";
import { Desk } from "./desk";
import { render } from "./dom/render";
import { makeHost, putBar, raise, setHand } from "./host";
import { list } from "./list";
import { markers, prompt } from "./markers";
import { createMarks } from "./marks";
import type { Options } from "./options";
import { createPlacer } from "./placer";
import { watchSheet } from "./sheet";
import { chatWindow } from "./window";

/** What the page may listen to. */
export interface Events {
  ready: undefined;
  /** Number of comments. */
  count: number;
  /** Conversation id. */
  open: string;
  close: string;
  /** live · reconnecting · offline · refused */
  status: string;
}

export type Emit = <Name extends keyof Events>(name: Name, value: Events[Name]) => void;

export interface Widget {
  /** `undefined`: as dark as the page. */
  setDark(isDark: boolean | undefined): void;
  destroy(): void;
}

/** A press on these is meant for them. */
const interactive = "a[href],button,input,select,textarea,label,summary,[contenteditable],[role=button],[role=link]";

/** Words above this part of a narrow screen are not covered by the sheet. */
const sheetTop = 0.38;

export function createWidget(container: HTMLElement, options: Options, emit: Emit): Widget {
  const language = languageOf(options.locale);
  const layer = makeHost("layer", language.tag, container);
  const top = options.topBarTarget === null ? undefined : makeHost("bar", language.tag, container);
  if (top) putBar(top.host, container, options.topBarTarget);
  raise(layer.host);
  const marks = createMarks(container, changed);
  const painter = createPainter(container);
  const place = createPlacer(container, layer, marks);
  const client = createClient({ ...options, locale: language.tag });
  const desk = new Desk(client, options.readonly, language, {
    changed,
    opened: (chatId) => emit("open", chatId),
    closed: (chatId) => emit("close", chatId),
  });
  const narrow = matchMedia("(max-width: 767px)");
  const stop = new AbortController();
  const { signal } = stop;

  let selected: Selected | undefined;
  let hovered: string | undefined;
  let returnTo: HTMLElement | undefined;
  let lastChat = "";
  /** The words of the window; those of a deleted discussion are kept. */
  let words: Range | undefined;
  let markersFrom = "";
  let count = -1;
  let link = "";
  let isWaiting = false;
  /** What is to be done in the next animation frame, each once. */
  const frames = { hover: 0, arrange: 0 };
  let stopTheme: (() => void) | undefined;

  const find = (selector: string): HTMLElement | null => layer.root.querySelector(selector);

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Draws soon, once for all changes of this moment; not by animation frames, which a hidden tab does not get. */
  function changed(): void {
    if (isWaiting) return;
    isWaiting = true;
    queueMicrotask(() => {
      isWaiting = false;
      if (!signal.aborted) draw();
    });
  }

  function draw(): void {
    const { window } = desk;
    const isNarrow = narrow.matches;
    showMarks();
    if (top)
      render(
        bar(desk, () => client.reconnect()),
        top.root,
      );
    render(
      [
        selected && desk.mayWrite && prompt(desk, selected.byTouch, startDraft),
        markers(desk, marks, open),
        <div class="cc-leader" />,
        window && chatWindow(desk, window, isNarrow),
        desk.list && list(desk, marks, desk.list, isNarrow, open),
        <p class="cc-sr" role="status">
          {desk.said}
        </p>,
      ],
      layer.root,
    );
    arrange();
    focus();
    tell();
  }

  /** Brings marks and highlights up to the view. */
  function showMarks(): void {
    const { window, drafts, view } = desk;
    const all: Omit<Mark, "range">[] = view.conversations.map(({ id, isResolved, createdBy }) => ({
      id,
      state: isResolved ? "resolved" : desk.isMine(createdBy) ? "mine" : "open",
    }));
    const unsent = new Map(drafts);
    if (window?.draft) unsent.set(window.chatId, window.draft);
    const targets = [...unsent].map(([id, { anchor }]) => ({ id, anchor }));
    for (const { id } of targets) all.push({ id, state: "mine" });
    marks.sync([...view.conversations, ...targets]);
    const shown = all.flatMap((mark) => {
      const found = marks.found(mark.id);
      return found ? { ...mark, range: found.range } : [];
    });
    painter.show(shown, new Set([hovered ?? "", window?.isDeleted ? "" : (window?.chatId ?? "")]));
  }

  function arrange(): void {
    const { window, view } = desk;
    const openId = window?.chatId;
    const found = openId === undefined ? undefined : marks.found(openId);
    words = found?.range ?? (window?.isDeleted ? words : undefined);
    const from = [openId, ...view.conversations.map(({ id }) => [id, marks.found(id)?.start])].join();
    const areMarkersStale = from !== markersFrom;
    markersFrom = from;
    place({ selected, words, door: top?.root.querySelector(".cc-count"), openId, areMarkersStale });
  }

  function tell(): void {
    const { view } = desk;
    if (view.isLoaded) {
      if (count < 0) emit("ready", undefined);
      const comments = view.conversations.reduce((sum, { commentCount }) => sum + commentCount, 0);
      if (comments !== count) emit("count", comments);
      count = comments;
    }
    if (view.link !== link && view.link !== "connecting") emit("status", view.link);
    link = view.link;
  }

  /** Where the desk wishes it; "back": to where it came from, else to the marker. */
  function focus(): void {
    const { focusWish, window, isAtEnd } = desk;
    desk.focusWish = undefined;
    desk.isAtEnd = false;
    const scroll = find(".cc-scroll");
    if (isAtEnd && scroll) scroll.scrollTop = scroll.scrollHeight;
    lastChat = window?.chatId ?? lastChat;
    const active = document.activeElement;
    const isAway = active && active !== document.body && active !== layer.host && active !== top?.host;
    if (!focusWish || (focusWish === "back" && isAway)) return;
    const door = focusWish === "back" ? returnTo?.isConnected && returnTo : find(focusWish);
    const target = door || find(".cc-window") || find(`[data-marker="${CSS.escape(lastChat)}"]`);
    target?.focus({ preventScroll: true });
  }

  // ── What the reader does ─────────────────────────────────────────────────────────────────────────────────────────

  function startDraft(): void {
    const range = selected?.range;
    select(undefined);
    marks.refresh();
    const model = marks.model();
    const at = range && model.fromRange(range);
    if (!at) return;
    returnTo = undefined;
    const { start, end } = at;
    desk.startDraft({
      anchor: describe(model.text, start, end),
      ...describeRange(container, model.toRange(start, end)),
    });
  }

  /** Opens a window, with its words in view beside it. */
  function open(chatId: string): void {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    // Not back to what will be gone, nor to nothing in particular.
    if (active instanceof HTMLElement && active !== document.body && !active.closest(".cc-panel,.cc-window"))
      returnTo = active;
    const range = marks.found(chatId)?.range;
    const floor = innerHeight * (narrow.matches ? sheetTop : 1);
    const isOut = (): boolean => {
      const { top: y = 0, bottom = 0 } = range?.getBoundingClientRect() ?? {};
      return y < 0 || bottom > floor;
    };
    const behavior = "instant";
    const block = narrow.matches ? "start" : "center";
    if (isOut()) range?.startContainer.parentElement?.scrollIntoView({ block, behavior });
    // A paragraph may be longer than the view.
    if (isOut()) scrollBy({ top: (range?.getBoundingClientRect().top ?? 0) - 60, behavior });
    desk.open(chatId);
  }

  function select(next: Selected | undefined): void {
    selected = next;
    changed();
  }

  function hover(chatId: string | undefined): void {
    if (chatId === hovered) return;
    hovered = chatId;
    setHand(chatId !== undefined);
    changed();
  }

  function isOurs(event: Event): boolean {
    return event.composedPath().some((node) => node === layer.host || node === top?.host);
  }

  function press(event: Event): void {
    const { key, shiftKey, isComposing } = event as KeyboardEvent;
    const isInside = isOurs(event);
    const isTaken = !isInside && (event.target as Element).matches?.("input,select,textarea,[contenteditable]");
    if (event.defaultPrevented || isComposing || isTaken) return;
    const beside = find(".cc-prompt");
    if (key === "Escape" && desk.stepBack()) event.preventDefault();
    // The prompt comes right after the words that it is about.
    if (key === "Tab" && !shiftKey && beside && !isInside) {
      event.preventDefault();
      beside.focus();
    }
  }

  function soon(what: keyof typeof frames, run: () => void): void {
    cancelAnimationFrame(frames[what]);
    frames[what] = requestAnimationFrame(() => signal.aborted || run());
  }

  function rearrange(): void {
    soon("arrange", () => {
      markersFrom = "";
      arrange();
    });
  }

  function setDark(isDark: boolean | undefined): void {
    const set = (dark: boolean): void => [top, layer].forEach((place) => place?.host.toggleAttribute("dark", dark));
    stopTheme?.();
    stopTheme = undefined;
    if (isDark === undefined) stopTheme = watchTheme(container, set);
    else set(isDark);
  }

  function destroy(): void {
    if (signal.aborted) return;
    stop.abort();
    stopTheme?.();
    stopSelection();
    sizes.disconnect();
    gone.disconnect();
    clearInterval(minute);
    desk.destroy();
    client.destroy();
    marks.destroy();
    painter.destroy();
    setHand(false);
    top?.host.remove();
    layer.host.remove();
  }

  // ── Listening ────────────────────────────────────────────────────────────────────────────────────────────────────

  function on(target: EventTarget | null | undefined, types: string, act: (event: Event) => void): void {
    // Early, so that a page that stops events at some element does not stop them for us.
    for (const type of types.split(" ")) target?.addEventListener(type, act, { signal, capture: target === document });
  }

  on(container, "click", (event) => {
    const { target, clientX, clientY } = event as MouseEvent;
    const isTaken = event.defaultPrevented || (target as Element).closest(interactive);
    const id = isTaken || !getSelection()?.isCollapsed ? undefined : painter.at(clientX, clientY);
    if (id !== undefined) open(id);
  });
  on(container, "pointermove pointerleave", (event) => {
    const { pointerType, clientX, clientY, buttons } = event as PointerEvent;
    if (pointerType === "mouse" && !buttons) soon("hover", () => hover(painter.at(clientX, clientY)));
  });
  on(document, "pointerdown", (event) => {
    if (isOurs(event)) return;
    const { window } = desk;
    if (window?.draft && !desk.textOf(window.chatId)) desk.close();
    if (desk.list) desk.toggleList();
    // Whoever presses elsewhere wants the focus there.
    desk.focusWish = undefined;
  });
  on(document, "focusin", (event) => {
    // Full screen is modal: the focus stays inside.
    if (!isOurs(event)) find(".cc-window[data-form=full]")?.focus();
  });
  on(document, "scroll", ({ target }) => {
    // The document's own scrolling moves the layer along; others' does not.
    if (target !== document) rearrange();
  });
  on(layer.root, "keydown", press);
  on(top?.root, "keydown", press);
  document.addEventListener("keydown", press, { signal });
  on(visualViewport, "resize scroll", rearrange);
  on(narrow, "change", changed);
  watchSheet(layer.root, desk);
  const sizes = new ResizeObserver(rearrange);
  sizes.observe(container);
  sizes.observe(document.documentElement);
  const gone = new MutationObserver(() => container.isConnected || destroy());
  gone.observe(document, { childList: true, subtree: true });
  // "5 min" grows old.
  const minute = setInterval(() => (desk.window ?? desk.list) && changed(), 30_000);
  const stopSelection = watchSelection(container, options.selectionDelayMs, (next) => {
    // Focus on the prompt may end the browser's selection; the words are kept.
    if (!next && find(".cc-prompt:focus")) return;
    select(next && marks.model().fromRange(next.range) ? next : undefined);
  });

  setDark(options.hasDarkBackground);
  draw();
  return { setDark, destroy };
}
