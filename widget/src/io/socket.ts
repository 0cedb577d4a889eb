// The classic live channel: one WebSocket that only listens, one JSON event a text frame (CONTRACT §5).

import type { Environment } from "./client";

export interface SocketHandlers {
  readonly onOpen: () => void;
  readonly onFrame: (text: string) => void;
  /** Once, whether it had opened or not; never after `close()`. */
  readonly onClose: (code: number) => void;
}

export interface Socket {
  close(): void;
}

export function openSocket(url: string, handlers: SocketHandlers, env: Environment): Socket {
  let isOver = false;
  const end = (code: number) => {
    if (!isOver) handlers.onClose(code);
    isOver = true;
  };
  let socket: WebSocket | undefined;
  try {
    socket = new env.WebSocket(url);
  } catch {
    // A page's policy may forbid it. Told later, as the browser tells any other failure.
    env.setTimeout(() => end(0), 0);
    return { close: () => (isOver = true) };
  }
  socket.onopen = () => !isOver && handlers.onOpen();
  socket.onmessage = ({ data }) => !isOver && typeof data === "string" && handlers.onFrame(data);
  socket.onclose = ({ code }) => end(code);
  return {
    close() {
      isOver = true;
      socket.close();
    },
  };
}
