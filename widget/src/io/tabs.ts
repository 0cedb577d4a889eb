// What the tabs of one reader tell each other, because the server does not: what has been read, and a guest's session.
//
// Own writes need none of this; they come to every tab as events. Without BroadcastChannel the tabs are just less in step.

import type { Session } from "./http";
import type { Environment } from "./client";

export type TabMessage =
  | { readonly type: "read"; readonly userId: string; readonly chatId: string }
  | { readonly type: "session"; readonly userId: string; readonly session: Session; readonly name: string };

export interface Tabs {
  tell(message: TabMessage): void;
  close(): void;
}

/** `name` is the same in all tabs that belong together; `onMessage` hears the others only. */
export function joinTabs(name: string, onMessage: (message: TabMessage) => void, env: Environment): Tabs {
  let channel: BroadcastChannel | undefined;
  try {
    channel = env.BroadcastChannel && new env.BroadcastChannel(name);
    if (channel) channel.onmessage = ({ data }) => onMessage(data as TabMessage);
  } catch {
    // Forbidden in an opaque origin.
  }
  return {
    tell: (message) => channel?.postMessage(message),
    close: () => channel?.close(),
  };
}
