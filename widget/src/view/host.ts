// A shadow host: our only nodes in the page. Everything that we draw lives inside, with one shared style sheet.
import css from "./widget.css";

let sheet: CSSStyleSheet | undefined;

export interface Host {
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
}

/** Makes a host; the caller puts it into the page. `kind` is "bar" or "layer", for `:host([kind=…])`. */
export function makeHost(kind: "bar" | "layer", lang: string, container: Element): Host {
  // An unknown element is met by fewer of the page's rules than a <div>.
  const host = document.createElement("collab-chat");
  for (const [name, value] of Object.entries({ "data-collabchat-ignore": "", kind, lang }))
    host.setAttribute(name, value);
  host.dir = getComputedStyle(container).direction;
  const root = host.attachShadow({ mode: "open" });
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  root.adoptedStyleSheets = [sheet];
  // The page's shortcuts must not hear what is typed here: outside, the target is not known to be a field.
  for (const type of ["keydown", "keyup", "keypress"]) host.addEventListener(type, (event) => event.stopPropagation());
  return { host, root };
}

/** Puts the layer above the page: into the top layer, or where that is unknown, by its style's z-index. */
export function raise(host: HTMLElement): void {
  host.popover = "manual";
  document.body.append(host);
  host.showPopover?.();
}

/** The bar's place: in the element that the page names, or before the container. */
export function putBar(host: HTMLElement, container: HTMLElement, target: Element | null | undefined): void {
  if (target) target.append(host);
  else if (container === document.body) container.prepend(host);
  else container.before(host);
}

let pointing: CSSStyleSheet | undefined;

/** Shows the hand over a highlight without touching a node of the page. */
export function setHand(isShown: boolean): void {
  if (!pointing) {
    if (!isShown) return;
    pointing = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, pointing];
  }
  pointing.replaceSync(isShown ? "*{cursor:pointer!important}" : "");
}
