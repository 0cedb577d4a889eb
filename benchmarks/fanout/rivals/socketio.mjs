// socket.io: its own rooms, and its own broadcast.
import { createServer } from "node:http";
import { Server } from "socket.io";

const [port] = process.argv.slice(2);
const server = createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("join", (room) => {
    socket.join(room);
    socket.emit("joined");
  });
  socket.on("publish", (room, payload) => io.to(room).emit("event", payload));
});
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 2048 });
