// The fallback for browsers without highlights: rectangles in a layer of our own at the end of the body, laid over the
// words. They follow scrolling and layout a frame late, and do not heed what an inner scroller clips.
import type { Canvas, Layers } from "./highlights";
import { lookOf, MARK_NAMES } from "./looks";
import { textRects } from "./rects";
import { IGNORE } from "./text-model";

export function createDrawing(container: HTMLElement): Canvas {
  const layer = document.createElement("div");
  layer.setAttribute(IGNORE, "");
  layer.setAttribute("aria-hidden", "true");
  document.body.append(layer);
  let layers: Layers = new Map();
  let isDark = false;
  let frame = 0;

  function draw(): void {
    frame = 0;
    // Multiplied, or screened on dark, a tint leaves the words under it as they are.
    layer.style.cssText =
      "all:initial;position:absolute;left:0;top:0;width:0;height:0;pointer-events:none;" +
      `mix-blend-mode:${isDark ? "screen" : "multiply"}`;
    const origin = layer.getBoundingClientRect();
    const boxes: HTMLElement[] = [];
    for (const name of MARK_NAMES) {
      const [line, tint] = lookOf(name, isDark);
      for (const rect of Array.from(layers.get(name) ?? []).flatMap(textRects)) {
        const box = document.createElement("div");
        box.style.cssText =
          `position:absolute;box-sizing:border-box;left:${rect.left - origin.left}px;top:${rect.top - origin.top}px;` +
          `width:${rect.width}px;height:${rect.height + 1}px;border-bottom:${line};background:${tint}`;
        boxes.push(box);
      }
    }
    layer.replaceChildren(...boxes);
  }

  function drawSoon(): void {
    frame ||= requestAnimationFrame(draw);
  }

  const stop = new AbortController();
  const { signal } = stop;
  for (const type of ["resize", "load", "scroll", "afterprint"])
    addEventListener(type, drawSoon, { capture: true, passive: true, signal });
  addEventListener("beforeprint", () => layer.replaceChildren(), { signal });
  const resizes = new ResizeObserver(drawSoon);
  resizes.observe(container);

  return {
    paint(wanted) {
      layers = wanted;
      drawSoon();
    },
    setTheme(isDarkNow) {
      isDark = isDarkNow;
      drawSoon();
    },
    destroy() {
      stop.abort();
      resizes.disconnect();
      cancelAnimationFrame(frame);
      layer.remove();
    },
  };
}
