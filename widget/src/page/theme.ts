// Whether the page behind a container is dark or light, and when that changes.

/**
 * Reports at once and at every change: `body.dark`, else the background that the container stands on, else the page's
 * `color-scheme`. A page that says `data-theme` or the like changes one of these with it. Returns the way to stop.
 */
export function watchTheme(container: Element, report: (isDark: boolean) => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const stop = new AbortController();
  let reported: boolean | undefined;

  function check(): void {
    const isDark = document.body.matches(".dark") || isDarkBehind(container, media.matches);
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

function isDarkBehind(container: Element, prefersDark: boolean): boolean {
  for (let node: Node | null = container; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    const light = node instanceof Element ? lightness(getComputedStyle(node).backgroundColor) : undefined;
    if (light !== undefined) return light < 0.5;
  }
  const scheme = getComputedStyle(container).colorScheme;
  return scheme.includes("dark") && (prefersDark || !scheme.includes("light"));
}

/** 0 black to 1 white, roughly, of a computed colour (rgb, oklch, lab …); undefined when one sees through it. */
function lightness(colour: string): number | undefined {
  const [first = 0, second = 0, third = 0, alpha = 1] = (colour.match(/(?<=[( ])[\d.]+/g) ?? []).map(Number);
  if (alpha < 0.5) return undefined;
  if (colour.startsWith("rgb")) return (0.2126 * first + 0.7152 * second + 0.0722 * third) / 255;
  return first > 1 ? first / 100 : first;
}
