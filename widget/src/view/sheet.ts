// The sheet on a narrow screen: dragged up it fills the screen, dragged down it goes back, then away.
import type { Desk } from "./desk";

const upPx = 32;
const downPx = 64;

/** Listens on the layer's root, as long as that lives. */
export function watchSheet(root: ShadowRoot, desk: Desk): void {
  let sheet: HTMLElement | null | undefined;
  let from = 0;

  const listen = (type: string, act: (distance: number, event: PointerEvent) => void): void =>
    root.addEventListener(type, (event) => act((event as PointerEvent).clientY - from, event as PointerEvent));

  listen("pointerdown", (_, { target, clientY, pointerId }) => {
    const handle = target instanceof Element && !target.closest("button") && target.closest(".cc-grip,.cc-head");
    sheet = handle ? handle.closest<HTMLElement>("[data-form]") : undefined;
    if (!sheet) return;
    from = clientY;
    sheet.setPointerCapture(pointerId);
  });
  listen("pointermove", (distance) => sheet?.style.setProperty("transform", `translateY(${Math.max(0, distance)}px)`));
  for (const type of ["pointerup", "pointercancel"]) {
    listen(type, (distance) => {
      if (!sheet) return;
      sheet.style.transform = "";
      sheet = undefined;
      if (type === "pointercancel") return;
      if (distance < -upPx) desk.change({ isFull: true });
      else if (distance > downPx && desk.window?.isFull) desk.change({ isFull: false }, ".cc-window");
      else if (distance > downPx) desk.close();
    });
  }
}
