// Whether the page behind a container is dark or light.

/**
 * `body.dark`, else the background that the container stands on, else the page's `color-scheme`. A page that says
 * `data-theme` or the like changes one of these with it.
 */
export function isDarkBehind(container: Element): boolean {
  if (document.body.matches(".dark")) return true;
  for (let node: Node | null = container; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    const light = node instanceof Element ? lightness(getComputedStyle(node).backgroundColor) : undefined;
    if (light !== undefined) return light < 0.5;
  }
  const scheme = getComputedStyle(container).colorScheme;
  return scheme.includes("dark") && (matchMedia(prefersDark).matches || !scheme.includes("light"));
}

export const prefersDark = "(prefers-color-scheme: dark)";

/** 0 black to 1 white, roughly, of a computed colour (rgb, oklch, lab …); undefined when one sees through it. */
function lightness(colour: string): number | undefined {
  const [first = 0, second = 0, third = 0, alpha = 1] = (colour.match(/(?<=[( ])[\d.]+/g) ?? []).map(Number);
  if (alpha < 0.5) return undefined;
  if (colour.startsWith("rgb")) return (2 * first + 7 * second + third) / 2550;
  return first > 1 ? first / 100 : first;
}
