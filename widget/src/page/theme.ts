// Whether the page behind a container is dark or light, and when that changes.

/** A class or an attribute value that says so itself: "dark", "light-mode", "dark_theme", "theme-light"… */
const SAYS = /(?:^|\s)(?:theme[-_])?(dark|light)(?:[-_](?:mode|theme))?(?:\s|$)/;

/**
 * Reports at once and at every change: what the page says of itself (`body.dark`, `data-theme`, a `color-scheme` that
 * is only dark or only light), else the background that the container stands on. Returns the way to stop.
 */
export function watchTheme(container: Element, report: (isDark: boolean) => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const stop = new AbortController();
  let reported: boolean | undefined;

  function check(): void {
    const isDark = declaredTheme(container, media.matches) ?? isDarkBehind(container);
    if (isDark !== reported) report((reported = isDark));
  }

  const observer = new MutationObserver(check);
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true });
  // A background that fades to its new colour has hardly begun when the attribute changes.
  for (const [target, type] of [
    [media, "change"],
    [window, "load"],
    [window, "transitionend"],
  ] as const)
    target.addEventListener(type, check, { signal: stop.signal });
  check();
  return () => {
    observer.disconnect();
    stop.abort();
  };
}

function declaredTheme(container: Element, prefersDark: boolean): boolean | undefined {
  for (const { attributes } of [document.body, document.documentElement]) {
    const said = SAYS.exec([...attributes].map(({ value }) => value).join(" "))?.[1];
    if (said) return said === "dark";
  }
  const meta = document.querySelector<HTMLMetaElement>("meta[name=color-scheme]")?.content ?? "";
  const scheme = getComputedStyle(container).colorScheme.replace("normal", meta);
  const [isDark, isLight] = ["dark", "light"].map((theme) => scheme.includes(theme));
  return isDark && isLight ? prefersDark : isDark || isLight ? isDark : undefined;
}

function isDarkBehind(container: Element): boolean {
  for (let node: Node | null = container; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    const light = node instanceof Element ? lightness(getComputedStyle(node).backgroundColor) : undefined;
    if (light !== undefined) return light < 0.5;
  }
  return false;
}

/** 0 black to 1 white, roughly, of a computed colour (rgb, oklch, lab …); undefined when one sees through it. */
function lightness(colour: string): number | undefined {
  const [first = 0, second = 0, third = 0, alpha = 1] = (colour.match(/(?<=[( ])[\d.]+/g) ?? []).map(Number);
  if (alpha < 0.5) return undefined;
  if (colour.startsWith("rgb")) return (0.2126 * first + 0.7152 * second + 0.0722 * third) / 255;
  return first > 1 ? first / 100 : first;
}
