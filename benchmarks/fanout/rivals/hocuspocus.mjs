// Hocuspocus: each room is a Yjs document, and each event a change of it that the server makes for a line
// "00007 event" on the control port.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Server } from "@hocuspocus/server";

const [port, control] = process.argv.slice(2);
const server = new Server({ port: Number(port), address: "127.0.0.1", quiet: true });
await server.listen();

createServer((socket) => {
  createInterface({ input: socket }).on("line", (line) => {
    const document = server.hocuspocus.documents.get(`bench-${line.slice(0, 5)}`);
    document?.getMap("events").set("latest", line.slice(6));
  });
}).listen({ port: Number(control), host: "127.0.0.1" });
