// Node's `ws`, as its documentation has it: a set of sockets for each room, and a loop of send().
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { WebSocket, WebSocketServer } from "ws";

const [port, cert, key] = process.argv.slice(2);
const server = cert ? createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }) : createServer();
const sockets = new WebSocketServer({ server });
const rooms = new Map();

sockets.on("connection", (socket, request) => {
  if (request.url === "/pub") {
    socket.on("message", (data) => {
      const { room, payload } = JSON.parse(data);
      const text = JSON.stringify(payload);
      for (const viewer of rooms.get(room) ?? []) if (viewer.readyState === WebSocket.OPEN) viewer.send(text);
    });
    return;
  }
  const name = request.url.slice(1);
  if (!rooms.has(name)) rooms.set(name, new Set());
  const room = rooms.get(name);
  room.add(socket);
  socket.on("close", () => {
    room.delete(socket);
    if (room.size === 0 && rooms.get(name) === room) rooms.delete(name);
  });
});
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 2048 });
