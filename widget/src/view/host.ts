// A shadow host: our only nodes in the page. Everything that we draw lives inside, with one shared style sheet.
import { listen } from "../page/listen";
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
  host.setAttribute("data-collabchat-ignore", "");
  host.setAttribute("kind", kind);
  host.lang = lang;
  host.dir = getComputedStyle(container).direction;
  const root = host.attachShadow({ mode: "open" });
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  root.adoptedStyleSheets = [sheet];
  // The page's shortcuts must not hear what is typed here: outside, the target is not known to be a field.
  listen(host, "keydown keyup keypress", (event) => event.stopPropagation());
  return { host, root };
}
