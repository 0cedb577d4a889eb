// The public face: live inline discussions over any element of a page.
import { readOptions, type Config } from "./view/options";
import { createWidget, type Events, type Widget } from "./view/widget";

export type { Config, Events };

export interface CollabChat {
  /** Takes everything away; the page is as before. */
  destroy(): void;
  /** Merges `config` over the present one; starts anew where it must. */
  update(config: Partial<Config>): void;
  /** Listens to "ready", "count", "open", "close", "status"; returns the way to stop. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void;
}

/** These are followed by a running widget; all else starts it anew. */
const isLive = (name: keyof Config): boolean => name === "hasDarkBackground" || name === "commentCountUpdated";

let origin: string | undefined;

/** Where the server is if the page does not say: told by the script's loader. */
export function setScriptOrigin(scriptOrigin: string): void {
  origin = scriptOrigin;
}

/**
 * Starts discussions over `element`, whose nodes are never changed.
 *
 * @throws Error if an option is wrong, or the element is none.
 */
export function FastCommentsCollabChat(element: Element | null, config: Config): CollabChat {
  if (!(element instanceof HTMLElement)) throw new Error("collabchat: there is no such HTML element.");
  const listeners = new Set<readonly [name: string, listener: (value: never) => void]>();
  let current = config;

  function emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const [wanted, listener] of listeners) if (wanted === name) listener(value as never);
    if (name === "count") current.commentCountUpdated?.(value as number);
  }

  const start = (): Widget => createWidget(element, readOptions(current, origin), emit);
  let widget = start();

  return {
    destroy: () => widget.destroy(),
    update(config) {
      const names = Object.keys(config) as (keyof Config)[];
      const changed = names.filter((name) => current[name] !== config[name]);
      current = { ...current, ...config };
      if (changed.every(isLive)) return widget.setDark(current.hasDarkBackground);
      widget.destroy();
      widget = start();
    },
    on(name, listener) {
      const entry = [name, listener] as const;
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
  };
}

export { FastCommentsCollabChat as CollabChat };
