/** @jsxImportSource ./dom */
// One container's widget: joins client, desk, marks and painter, draws bar and layer, and listens to the reader.
import { describe } from "../core/anchor";
import { createClient } from "../io/client";
import { languageOf, loadWords } from "../locales";
import { listen } from "../page/listen";
import { createPainter, type Mark } from "../page/highlights";
import { watchSelection, type Selected } from "../page/selection";
import { describeRange } from "../page/text-model";
import { isDarkBehind, prefersDark } from "../page/theme";
import { bar } from "./bar";
import { change, close, createDesk, isMine, mayWrite, open, startDraft, stepBack, textOf, toggleList } from "./desk";
import { render } from "./dom/render";
import { makeHost } from "./host";
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
  let range: Range | undefined;
  let count = -1;
  let link = "";
  let isWaiting = false;
  let isDark = options.hasDarkBackground;

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
    const { window, words } = desk;
    if (!words.discuss) return;
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

  /** Brings marks, highlights and theme up to the view. */
  function showMarks(): void {
    const { window, drafts, view } = desk;
    const draft = { createdBy: view.me, isResolved: false, state: "pending" };
    const targets = [...view.conversations, ...[...drafts].map(([id, { anchor }]) => ({ ...draft, id, anchor }))];
    marks.sync(targets);
    const shown = targets.flatMap(({ id, isResolved, createdBy, state }): Mark[] => {
      const found = marks.found(id);
      const look = isResolved ? "resolved" : state !== "sent" ? "pending" : isMine(desk, createdBy) ? "mine" : "open";
      return found ? [{ ...found, id, state: look }] : [];
    });
    const dark = isDark ?? isDarkBehind(container);
    for (const place of [top, layer]) place?.host.toggleAttribute("dark", dark);
    painter.show(
      shown,
      new Set([hovered, window?.isDeleted ? "" : window?.chatId]),
      dark,
      !!hovered,
      marks.model().toRange,
    );
  }

  function arrange(): void {
    const { chatId = "", isDeleted } = desk.window ?? {};
    range = marks.found(chatId)?.range ?? (isDeleted ? range : undefined);
    place({ selected, words: range, door: top?.root.querySelector(".cc-count"), openId: chatId });
  }

  function tell(): void {
    const { view } = desk;
    const now = view.link;
    if (view.isLoaded) {
      const comments = view.conversations.reduce((sum, chat) => sum + chat.commentCount, 0);
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
    changed();
    clearTimeout(peeking);
    peeking = setTimeout(peek, peekMs);
  }

  /** A pointer that rests on words shows their window; once it has left both, that goes, unless it holds the focus. */
  function peek(): void {
    const { window } = desk;
    // Not over words that are being selected.
    if (!window && hovered && !selected) open(desk, (peeked = hovered));
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
    const { key, shiftKey, isComposing } = event as KeyboardEvent;
    const isTaken = !isOurs(event) && (event.target as Element).matches?.("input,select,textarea,[contenteditable]");
    if (event.defaultPrevented || isComposing || isTaken) return;
    const beside = find(".cc-prompt");
    if (key === "Escape" && stepBack(desk)) event.preventDefault();
    // The prompt comes right after the words that it is about.
    if (key === "Tab" && !shiftKey && beside && !find(":is(.cc-prompt,.cc-window,.cc-panel):focus-within")) {
      event.preventDefault();
      beside.focus();
    }
  }

  function destroy(): void {
    if (signal.aborted) return;
    stop.abort();
    sizes.disconnect();
    gone.disconnect();
    themes.disconnect();
    clearInterval(minute);
    clearTimeout(peeking);
    close(desk);
    client.destroy();
    marks.destroy();
    painter.destroy();
    top?.host.remove();
    layer.host.remove();
  }

  // ── Listening ────────────────────────────────────────────────────────────────────────────────────────────────────

  function on(target: EventTarget | null | undefined, types: string, act: (event: Event) => void): void {
    // Early, so that a page that stops events at some element does not stop them for us.
    listen(target, types, act, { signal, capture: target === document });
  }

  on(container, "click", (event) => {
    const { target, clientX, clientY } = event as MouseEvent;
    const isTaken = event.defaultPrevented || (target as Element).closest(interactive) || !getSelection()?.isCollapsed;
    const id = isTaken ? undefined : painter.at(clientX, clientY);
    if (id !== undefined) go(id);
  });
  on(container, "pointermove pointerleave", (event) => {
    const { pointerType, buttons, clientX, clientY } = event as PointerEvent;
    if (pointerType === "mouse" && !buttons) hover(painter.at(clientX, clientY));
  });
  on(document, "pointerdown", (event) => {
    if (isOurs(event)) return;
    const { window } = desk;
    if (window && desk.drafts.has(window.chatId) && !textOf(desk, window.chatId)) close(desk);
    if (desk.list) toggleList(desk);
    // Whoever presses elsewhere wants the focus there.
    desk.wish = undefined;
  });
  on(document, "click", (event) => {
    const [pressed] = event.composedPath() as Element[];
    if (desk.window?.mode === "menu" && !pressed?.closest?.(".cc-menu,[data-about]")) change(desk, { mode: undefined });
  });
  on(document, "focusin", (event) => {
    // Full screen is modal: the focus stays inside.
    if (!isOurs(event)) find(".cc-window[data-form=full]")?.focus();
  });
  on(document, "scroll", ({ target }) => {
    // The document's own scrolling moves the layer along; others' does not.
    if (target !== document) changed();
  });
  // Not early: a field, or the page's own dialog, may have answered the key.
  for (const target of [layer.root, top?.root, document.documentElement]) on(target, "keydown", press);
  on(visualViewport, "resize scroll", changed);
  on(narrow, "change", changed);
  on(matchMedia(prefersDark), "change", changed);
  // A background that fades to its new colour has hardly begun when the attribute changes.
  on(window, "load transitionend", changed);
  const themes = new MutationObserver(changed);
  for (const element of [document.documentElement, document.body]) themes.observe(element, { attributes: true });
  watchSheet(layer.root, desk);
  const sizes = new ResizeObserver(changed);
  sizes.observe(container);
  sizes.observe(document.documentElement);
  const gone = new MutationObserver(() => container.isConnected || destroy());
  gone.observe(document, { childList: true, subtree: true });
  // "5 min" grows old.
  const minute = setInterval(changed, 30_000);
  const choose = (next: Selected | undefined): void => {
    // Focus on the prompt may end the browser's selection; the words are kept.
    if (next || !find(".cc-prompt:focus")) select(next && marks.model().fromRange(next.range) ? next : undefined);
  };
  watchSelection(container, options.selectionDelayMs, choose, signal);

  void loadWords(language, options.server, signal).then(changed);
  return {
    setDark(isDarkNow) {
      isDark = isDarkNow;
      changed();
    },
    destroy,
  };
}
