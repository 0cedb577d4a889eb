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
import { change, close, createDesk, isMine, mayWrite, open, startDraft, stepBack, textOf, toggleList } from "./desk";
import { render } from "./dom/render";
import { makeHost, setHand } from "./host";
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

/** How long a pointer rests on words before their window shows. */
const peekMs = 400;

/** A press on these is meant for them. */
const interactive = "a[href],button,input,select,textarea,label,summary,[contenteditable],[role=button],[role=link]";

/** Words above this part of a narrow screen are not covered by the sheet. */
const sheetTop = 0.38;

export function createWidget(container: HTMLElement, options: Options, emit: Emit): Widget {
  const { topBarTarget } = options;
  const language = languageOf(options.locale);
  const layer = makeHost("layer", language.tag, container);
  const top = topBarTarget === null ? undefined : makeHost("bar", language.tag, container);
  if (top) {
    if (topBarTarget) topBarTarget.append(top.host);
    else if (container === document.body) container.prepend(top.host);
    else container.before(top.host);
  }
  // Above the page: into the top layer, or where that is unknown, by its style's z-index.
  layer.host.popover = "manual";
  document.body.append(layer.host);
  layer.host.showPopover?.();

  const marks = createMarks(container, changed);
  const painter = createPainter(container);
  const place = createPlacer(container, layer, marks);
  const client = createClient({ ...options, locale: language.tag });
  const desk = createDesk({ ...language, client, isReadonly: options.readonly, changed, tell: emit });
  const narrow = matchMedia("(max-width: 767px)");
  const stop = new AbortController();
  const { signal } = stop;

  let selected: Selected | undefined;
  let hovered: string | undefined;
  let peeking: ReturnType<typeof setTimeout> | undefined;
  let peeked: string | undefined;
  /** The words of the window; those of a deleted discussion are kept. */
  let words: Range | undefined;
  let count = -1;
  let link = "";
  let isWaiting = false;
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
    if (top) render(bar(desk), top.root);
    render(
      [
        selected && mayWrite(desk) && prompt(desk, selected.byTouch, begin),
        markers(desk, marks, go),
        <div class="cc-leader" />,
        window && chatWindow(desk, window, isNarrow ? (window.isFull ? "full" : "sheet") : undefined),
        desk.list && list(desk, marks, desk.list, isNarrow ? "full" : undefined, go),
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
    const targets = [...view.conversations, ...[...drafts].map(([id, { anchor }]) => ({ id, anchor, isDraft: true }))];
    marks.sync(targets);
    const shown = targets.flatMap((chat): Mark[] => {
      const { range } = marks.found(chat.id) ?? {};
      const state = "isDraft" in chat || isMine(desk, chat.createdBy) ? "mine" : "open";
      return range ? [{ id: chat.id, range, state: "isResolved" in chat && chat.isResolved ? "resolved" : state }] : [];
    });
    painter.show(shown, new Set([hovered ?? "", (!window?.isDeleted && window?.chatId) || ""]));
  }

  function arrange(): void {
    const { chatId = "", isDeleted } = desk.window ?? {};
    words = marks.found(chatId)?.range ?? (isDeleted ? words : undefined);
    place({ selected, words, door: top?.root.querySelector(".cc-count"), openId: chatId });
  }

  function tell(): void {
    const { isLoaded, conversations, link: now } = desk.view;
    if (isLoaded) {
      const comments = conversations.reduce((sum, { commentCount }) => sum + commentCount, 0);
      if (count < 0) emit("ready", undefined);
      if (comments !== count) emit("count", comments);
      count = comments;
    }
    if (now !== link && now !== "connecting") emit("status", now);
    link = now;
  }

  /** Where the desk wishes it, if that is there. */
  function focus(): void {
    const { wish, isAtEnd } = desk;
    desk.wish = undefined;
    desk.isAtEnd = false;
    if (isAtEnd) find(".cc-scroll")?.scrollTo(0, 1e9);
    if (!wish) return;
    const target = find(wish) ?? find(".cc-window") ?? top?.root.querySelector<HTMLElement>(wish);
    target?.focus({ preventScroll: true });
    if (target?.closest(".cc-scroll")) target.scrollIntoView({ block: "nearest" });
  }

  // ── What the reader does ─────────────────────────────────────────────────────────────────────────────────────────

  /** Begins a discussion about the selected words. */
  function begin(): void {
    const range = selected?.range;
    select(undefined);
    marks.refresh();
    const model = marks.model();
    const at = range && model.fromRange(range);
    if (!at) return;
    const { start, end } = at;
    const anchor = describe(model.text, start, end);
    startDraft(desk, { anchor, ...describeRange(container, model.toRange(start, end)) });
  }

  /** Opens a window, with its words in view beside it. */
  function go(chatId: string): void {
    const range = marks.found(chatId)?.range;
    const box = range?.getBoundingClientRect();
    if (range && box && (box.top < 0 || box.bottom > innerHeight * (narrow.matches ? sheetTop : 1))) {
      // First in what scrolls inside the page; then their first line, as a paragraph may be longer than the view.
      range.startContainer.parentElement?.scrollIntoView({ behavior: "instant" });
      scrollBy({ top: range.getBoundingClientRect().top - innerHeight / 4, behavior: "instant" });
    }
    open(desk, chatId);
  }

  function select(next: Selected | undefined): void {
    selected = next;
    changed();
  }

  function hover(chatId: string | undefined): void {
    if (chatId === hovered) return;
    hovered = chatId;
    setHand(!!chatId);
    changed();
    clearTimeout(peeking);
    peeking = setTimeout(peek, peekMs);
  }

  /** A pointer that rests on words shows their window; once it has left both, that goes, unless it holds the focus. */
  function peek(): void {
    const { window } = desk;
    if (!window && hovered) open(desk, (peeked = hovered));
    else if (window && !hovered && window.chatId === peeked && !find(".cc-window:is(:hover,:focus-within)"))
      close(desk);
    else return;
    // The focus stays where it is: nobody has asked for it.
    desk.wish = undefined;
  }

  function isOurs(event: Event): boolean {
    const path = event.composedPath();
    return path.includes(layer.host) || (!!top && path.includes(top.host));
  }

  function press(event: Event): void {
    const { key, shiftKey, isComposing, defaultPrevented, target } = event as KeyboardEvent;
    const isInside = isOurs(event);
    const isTaken = !isInside && (target as Element).matches?.("input,select,textarea,[contenteditable]");
    if (defaultPrevented || isComposing || isTaken) return;
    const beside = find(".cc-prompt");
    if (key === "Escape" && stepBack(desk)) event.preventDefault();
    // The prompt comes right after the words that it is about.
    if (key === "Tab" && !shiftKey && beside && !find(":is(.cc-prompt,.cc-window,.cc-panel):focus-within")) {
      event.preventDefault();
      beside.focus();
    }
  }

  /** Runs once in the next animation frame, however often it is asked for. */
  function inFrame(run: (event: PointerEvent) => void): (event?: unknown) => void {
    let frame = 0;
    return (event) => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => signal.aborted || run(event as PointerEvent));
    };
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
    clearTimeout(peeking);
    close(desk);
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

  const rearrange = inFrame(arrange);
  const point = inFrame(({ clientX, clientY }) => hover(painter.at(clientX, clientY)));

  on(container, "click", (event) => {
    const { target, clientX, clientY, defaultPrevented } = event as MouseEvent;
    const isTaken = defaultPrevented || (target as Element).closest(interactive) || !getSelection()?.isCollapsed;
    const id = isTaken ? undefined : painter.at(clientX, clientY);
    if (id !== undefined) go(id);
  });
  on(container, "pointermove pointerleave", (event) => {
    const { pointerType, buttons } = event as PointerEvent;
    if (pointerType === "mouse" && !buttons) point(event);
  });
  on(document, "pointerdown", (event) => {
    if (isOurs(event)) return;
    const { window, drafts, list } = desk;
    if (window && drafts.has(window.chatId) && !textOf(desk, window.chatId)) close(desk);
    if (list) toggleList(desk);
    // Whoever presses elsewhere wants the focus there.
    desk.wish = undefined;
  });
  on(document, "click", (event) => {
    const isMenu = event.composedPath().some((node) => node instanceof Element && node.matches(".cc-menu,.cc-dots"));
    if (desk.window?.mode === "menu" && !isMenu) change(desk, { mode: undefined });
  });
  on(document, "focusin", (event) => {
    // Full screen is modal: the focus stays inside.
    if (!isOurs(event)) find(".cc-window[data-form=full]")?.focus();
  });
  on(document, "scroll", ({ target }) => {
    // The document's own scrolling moves the layer along; others' does not.
    if (target !== document) rearrange();
  });
  // Not early: a field, or the page's own dialog, may have answered the key.
  for (const target of [layer.root, top?.root, document.documentElement]) on(target, "keydown", press);
  on(visualViewport, "resize scroll", rearrange);
  on(narrow, "change", changed);
  watchSheet(layer.root, desk);
  const sizes = new ResizeObserver(rearrange);
  sizes.observe(container);
  sizes.observe(document.documentElement);
  const gone = new MutationObserver(() => container.isConnected || destroy());
  gone.observe(document, { childList: true, subtree: true });
  // "5 min" grows old.
  const minute = setInterval(changed, 30_000);
  const stopSelection = watchSelection(container, options.selectionDelayMs, (next) => {
    // Focus on the prompt may end the browser's selection; the words are kept.
    if (!next && find(".cc-prompt:focus")) return;
    select(next && marks.model().fromRange(next.range) ? next : undefined);
  });

  setDark(options.hasDarkBackground);
  draw();
  return { setDark, destroy };
}
