// Lets a view be asked before somebody goes elsewhere, as where something is not saved yet.
import type { Route } from "./router";

type Ask = (to: Route) => void;

let asking: Ask | undefined;

/** From now on whoever wants to go is held, and `ask` told where to; returns what ends that. */
export function guard(ask: Ask): () => void {
  asking = ask;
  return () => {
    if (asking === ask) asking = undefined;
  };
}

/** Whether one has to stay, for now; asks, if so. */
export function isHeld(to: Route): boolean {
  asking?.(to);
  return asking !== undefined;
}
