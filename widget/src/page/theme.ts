// Whether the page behind a container is dark or light, and when that changes.

/** A class or an attribute value that says so itself: "dark", "light-mode", "dark_theme", "theme-light"… */
const SAYS = /(?:^|\s)(?:theme[-_])?(dark|light)(?:[-_](?:mode|theme))?(?:\s|$)/;
const ATTRIBUTES = ["class", "data-theme", "data-bs-theme", "data-color-mode", "data-color-scheme"];

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
    if (isDark === reported) return;
    reported = isDark;
    report(isDark);
  }

  const observer = new MutationObserver(check);
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true });
  media.addEventListener("change", check, { signal: stop.signal });
  addEventListener("load", check, { signal: stop.signal });
  // A background that fades to its new colour has hardly begun when the attribute changes.
  document.addEventListener("transitionend", (event) => event.propertyName.startsWith("background") && check(), {
    signal: stop.signal,
  });
  check();
  return () => {
    observer.disconnect();
    stop.abort();
  };
}

function declaredTheme(container: Element, prefersDark: boolean): boolean | undefined {
  for (const element of [document.body, document.documentElement]) {
    for (const attribute of ATTRIBUTES) {
      const said = SAYS.exec(element.getAttribute(attribute) ?? "")?.[1];
      if (said) return said === "dark";
    }
  }
  const computed = getComputedStyle(container).colorScheme;
  const meta = document.querySelector('meta[name="color-scheme"]')?.getAttribute("content");
  const scheme = (computed === "normal" ? meta : computed) ?? "";
  const isDark = scheme.includes("dark");
  const isLight = scheme.includes("light");
  if (isDark && isLight) return prefersDark;
  return isDark || isLight ? isDark : undefined;
}

function isDarkBehind(container: Element): boolean {
  for (let element: Element | null = container; element; element = parentAcrossShadow(element)) {
    const light = lightness(getComputedStyle(element).backgroundColor);
    if (light !== undefined) return light < 0.5;
  }
  return false;
}

function parentAcrossShadow(element: Element): Element | null {
  const { parentNode } = element;
  return parentNode instanceof ShadowRoot ? parentNode.host : element.parentElement;
}

/** 0 black to 1 white, roughly, of a computed colour; undefined when one sees more of what is behind it. */
function lightness(colour: string): number | undefined {
  const numbers = colour.replace(/^color\(\S+/, "").match(/-?[\d.]+(?:e-?\d+)?/g) ?? [];
  const [first = 0, second = 0, third = 0, alpha = 1] = numbers.map(Number);
  if (!numbers.length || alpha < 0.5) return undefined;
  if (/^(?:ok)?l/.test(colour)) return colour.startsWith("ok") ? first : first / 100;
  return (0.2126 * first + 0.7152 * second + 0.0722 * third) / (colour.startsWith("rgb") ? 255 : 1);
}
