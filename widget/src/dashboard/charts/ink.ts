// Colours for canvases, as the page's tokens are at the moment. A custom property with light-dark() is only resolved
// where it is used as a colour.
import { useEffect, useState } from "preact/hooks";

const names = {
  accent: "--cc-accent",
  soft: "--cc-accent-soft",
  bar: "--db-bar",
  area: "--db-area",
  before: "--cc-ink-3",
  text: "--cc-ink-3",
  line: "--cc-line",
  base: "--cc-line-strong",
  surface: "--cc-surface",
} as const;

export type Ink = Readonly<Record<keyof typeof names | "font", string>>;

function readInk(): Ink {
  const probe = document.body.appendChild(document.createElement("i"));
  const entries = Object.entries(names).map(([name, token]) => {
    probe.style.color = `var(${token})`;
    return [name, getComputedStyle(probe).color];
  });
  const { fontFamily } = getComputedStyle(document.body);
  probe.remove();
  return { ...Object.fromEntries(entries), font: `12px ${fontFamily}` } as Ink;
}

/** The colours; others, when the theme changes. */
export function useInk(): Ink {
  const [ink, setInk] = useState(readInk);
  useEffect(() => {
    const gone = new AbortController();
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
      matchMedia(query).addEventListener("change", () => setInk(readInk()), { signal: gone.signal });
    return () => gone.abort();
  }, []);
  return ink;
}
