// Many real clients in one process, led over stdin: one JSON object a line, and one line of answer to each.
//
//   {"do":"start","browser":"b1","server":"http://…","urlIds":["page"],"haste":1}   opens a page with a container each
//   {"do":"reload","browser":"b1"}                     leaves the page and opens it again; what was stored stays
//   {"do":"name","browser":"b1","name":"Ana"}          → {"failure"?}
//   {"do":"write","browser":"b1","urlId":"page","broadcastId":"…","kind":"reply","text":"…","pick":0.3}
//                                                      → {"type","chatId"?}: what was done, on a thing picked at random
//   {"do":"open","browser":"b1","urlId":"page"}        opens every discussion, so that its comments are loaded and kept
//   {"do":"fire","browser":"b1","event":"online"}      or "offline", "pageshow", "hidden", "visible", "reconnect"
//   {"do":"report"}                                    → {"browsers","counts","answered","errors"}

import { createInterface } from "node:readline";
import { createClient } from "../src/io/client.ts";
import { createEnvironment, Storage } from "./environment.mjs";

const { process } = globalThis;

const counts = { dials: 0, welcomes: 0, resumes: 0, resets: 0, batches: 0 };
const answered = [];
const errors = [];
const browsers = new Map();

process.on("uncaughtException", ({ stack }) => errors.push(stack));
process.on("unhandledRejection", (error) => errors.push(`${error?.stack ?? error}`));

function openPage(browser) {
  const { server, urlIds, haste, storage } = browser;
  browser.page = createEnvironment({ storage, counts, answered, haste });
  browser.clients = new Map(
    urlIds.map((urlId) => {
      const options = { server, tenantId: "demo", urlId, url: "http://x.example/", pageTitle: "A page" };
      return [urlId, createClient({ ...options, readonly: false, locale: "en" }, browser.page.env)];
    }),
  );
}

const anchor = { v: 1, quote: "some words", start: 10, end: 20 };

/** What to do in a discussion that is there; a new one if there is none, or nothing of the reader's own to edit. */
function commandOf({ view }, { kind, broadcastId, text, pick }) {
  const chat = view.conversations[Math.floor(pick * view.conversations.length)];
  const own = chat?.comments?.filter(({ author, state }) => state === "sent" && author.id === view.me?.id) ?? [];
  if (kind === "resolve" && chat) return { type: kind, broadcastId, chatId: chat.id, isResolved: !chat.isResolved };
  if (kind === "edit" && own.length) return { type: kind, broadcastId, chatId: chat.id, commentId: own[0].id, text };
  if (kind !== "create" && chat) return { type: "reply", broadcastId, chatId: chat.id, text };
  return { type: "create", broadcastId, text, anchor, range: "0:15,0:45{abc123}", selector: "p" };
}

const commands = {
  start({ browser, server, urlIds, haste }) {
    const made = { server, urlIds, haste, storage: new Storage() };
    browsers.set(browser, made);
    openPage(made);
  },
  reload({ browser }) {
    const old = browsers.get(browser);
    for (const client of old.clients.values()) client.destroy();
    openPage(old);
  },
  async name({ browser, name }) {
    const [client] = browsers.get(browser).clients.values();
    return { failure: await client.setName(name) };
  },
  write(order) {
    const client = browsers.get(order.browser).clients.get(order.urlId);
    const command = commandOf(client, order);
    client.send(command);
    return { type: command.type, chatId: command.chatId };
  },
  open({ browser, urlId }) {
    const client = browsers.get(browser).clients.get(urlId);
    for (const { id, comments } of client.view.conversations) if (!comments) client.open(id);
  },
  fire({ browser, event }) {
    const { page, clients } = browsers.get(browser);
    if (event === "hidden" || event === "visible") page.show(event === "visible");
    else if (event === "reconnect") for (const client of clients.values()) client.reconnect();
    else page.fire(event);
  },
  report() {
    const report = {};
    for (const [name, { clients, storage }] of browsers) {
      const views = [...clients].map(([urlId, { view }]) => [urlId, view]);
      report[name] = { views: Object.fromEntries(views), kept: Object.keys(storage) };
    }
    return { browsers: report, counts, answered, errors };
  },
};

async function obey() {
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    const answer = (await commands[order.do](order)) ?? {};
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

void obey();
