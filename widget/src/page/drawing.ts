// The fallback for browsers without highlights: rectangles in a layer of our own at the end of the body, laid over the
// words. They are drawn anew with everything else, so follow layout a frame late, and do not heed what an inner scroller
// clips.
import type { Canvas } from "./highlights";
import { lookOf, MARK_NAMES } from "./looks";
import { textRects } from "./rects";
import { IGNORE } from "./text-model";

export function createDrawing(): Canvas {
  const layer = document.createElement("div");
  layer.setAttribute(IGNORE, "");
  layer.setAttribute("aria-hidden", "true");
  document.body.append(layer);
  const stop = new AbortController();
  const { signal } = stop;
  let redraw = (): void => undefined;

  addEventListener("beforeprint", () => layer.replaceChildren(), { signal });
  addEventListener("afterprint", () => redraw(), { signal });
  return {
    paint(layers, isDark) {
      // Multiplied, or screened on dark, a tint leaves the words under it as they are.
      layer.style.cssText =
        "all:initial;position:absolute;left:0;top:0;pointer-events:none;" +
        `mix-blend-mode:${isDark ? "screen" : "multiply"}`;
      const origin = layer.getBoundingClientRect();
      const boxes = MARK_NAMES.flatMap((name) => {
        const [line, tint] = lookOf(name, isDark);
        return [...(layers.get(name) ?? [])].flatMap(textRects).map(({ left, top, width, height }) => {
          const box = document.createElement("div");
          box.style.cssText =
            `position:absolute;box-sizing:border-box;left:${left - origin.left}px;top:${top - origin.top}px;` +
            `width:${width}px;height:${height + 1}px;border-bottom:${line};background:${tint}`;
          return box;
        });
      });
      redraw = () => layer.replaceChildren(...boxes);
      redraw();
    },
    destroy() {
      stop.abort();
      layer.remove();
    },
  };
}
