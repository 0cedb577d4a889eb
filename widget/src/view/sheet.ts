// The sheet on a narrow screen: dragged up it fills the screen, dragged down it goes back, then away.
import { listen } from "../page/listen";
import { change, close, type Desk } from "./desk";

const upPx = 32;
const downPx = 64;

/** Listens on the layer's root, as long as that lives. */
export function watchSheet(root: ShadowRoot, desk: Desk): void {
  let sheet: HTMLElement | null | undefined;
  let from = 0;

  function drag(event: Event): void {
    const { type, target, clientY, pointerId } = event as PointerEvent;
    const distance = clientY - from;
    if (type === "pointerdown") {
      const handle = (target as Element).closest(".cc-grip,.cc-head,button");
      sheet = handle?.matches("button") ? null : handle?.closest<HTMLElement>("[data-form]");
      sheet?.setPointerCapture(pointerId);
      from = clientY;
    } else if (!sheet) {
      return;
    } else if (type === "pointermove") {
      sheet.style.transform = `translateY(${Math.max(0, distance)}px)`;
    } else {
      sheet.style.transform = "";
      sheet = null;
      if (distance < -upPx) change(desk, { isFull: true });
      else if (distance < downPx) return;
      else if (desk.window?.isFull) change(desk, { isFull: false }, ".cc-window");
      else close(desk);
    }
  }

  // After a "pointercancel" its distance is zero: nothing follows.
  listen(root, "pointerdown pointermove pointerup pointercancel", drag);
}
