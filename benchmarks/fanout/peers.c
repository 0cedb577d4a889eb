/* Everybody who dials: from the first packet to the last, with all that a server may ask of them in between. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { SOURCES = 8, REQUEST_MOST = 4096 };

static struct way *way_of(const struct peer *peer) {
  return peer->role == PUBLISHER ? &settings.publishing : &settings.viewing;
}

static bool speaks_websocket(const struct peer *peer) {
  return peer->role != PUBLISHER || settings.speech == BY_WEBSOCKET;
}

struct peer *dial(enum role role, int number, int room) {
  struct peer *peer = calloc(1, sizeof *peer);
  peer->role = role;
  peer->number = number;
  peer->room = room;
  peer->message = -1;
  peer->wire.owner = peer;
  bool is_elsewhere = role == PUBLISHER && settings.publish_port != 0;
  int port = is_elsewhere ? settings.publish_port : settings.port;
  wire_dial(&peer->wire, port, (uint32_t)(number % SOURCES), settings.with_tls && !is_elsewhere);
  return peer;
}

/* A template with its places filled: {room} by five digits, {marker} and its digits, {nonce}, by the message's. */
size_t fill(char *out, size_t most, const char *template, size_t length, int room, const char *payload) {
  const struct owner *owner = settings.owners_count ? &settings.owners[room % settings.owners_count] : NULL;
  const char *marker = payload == NULL ? NULL : memchr(payload, '@', PAYLOAD);
  char digits[16];
  const struct {
    const char *name, *text;
    size_t length;
  } places[] = {
      {"{room}", digits, (size_t)snprintf(digits, sizeof digits, "%05d", room)},
      {"{payload}", payload, PAYLOAD},
      {"{marker}", marker, MARKER},
      {"{nonce}", marker == NULL ? NULL : marker + 1, MARKER - 2},
      {"{tenant}", owner == NULL ? NULL : owner->tenant, owner == NULL ? 0 : strlen(owner->tenant)},
      {"{token}", owner == NULL ? NULL : owner->token, owner == NULL ? 0 : strlen(owner->token)},
  };
  size_t size = 0;
  while (length > 0) {
    size_t used = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0] && *template == '{' && used == 0; i++) {
      size_t name = strlen(places[i].name);
      if (places[i].text == NULL || length < name || memcmp(template, places[i].name, name) != 0) continue;
      if (size + places[i].length >= most) fail("a template of more than %zu bytes", most);
      memcpy(out + size, places[i].text, places[i].length);
      size += places[i].length;
      used = name;
    }
    if (used == 0) {
      if (size + 1 >= most) fail("a template of more than %zu bytes", most);
      out[size++] = *template;
      used = 1;
    }
    template += used;
    length -= used;
  }
  return size;
}

static void be_ready(struct peer *peer) {
  peer->stage = READY;
  if (peer->role == VIEWER) audience.ready++;
  if (peer->role == PUBLISHER) publisher_ready();
  if (peer->role == PASSER) say_goodbye(peer);
}

/* Say whatever is to be said before something has to be waited for. */
static void go_on(struct peer *peer) {
  const struct way *way = way_of(peer);
  char message[REQUEST_MOST];
  while (peer->step < way->count) {
    const struct step *step = &way->steps[peer->step];
    size_t size = fill(message, sizeof message, step->send, step->length, peer->room, NULL);
    if (size > 0) frame_send(&peer->wire, step->opcode, message, size, true);
    if (step->expect_length > 0) return;
    peer->step++;
  }
  be_ready(peer);
}

static void ask_upgrade(struct peer *peer) {
  const struct way *way = way_of(peer);
  char template[REQUEST_MOST], request[REQUEST_MOST];
  int size = snprintf(template, sizeof template,
                      "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: " SAMPLE_KEY "\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                      way->path, way->headers);
  if (size < 0 || size >= (int)sizeof template) fail("the path is too long: %s", way->path);
  wire_send(&peer->wire, request, fill(request, sizeof request, template, (size_t)size, peer->room, NULL));
  peer->stage = UPGRADING;
}

void drop(struct peer *peer) {
  if (peer->role == PASSER) audience.passed++;
  audience.going -= peer->role == VIEWER;
  wire_close(&peer->wire);
  free(peer->seen);
  free(peer);
}

void say_goodbye(struct peer *peer) {
  static const char normal[] = {0x03, (char)0xe8};
  frame_send(&peer->wire, CLOSE, normal, sizeof normal, true);
  peer->stage = CLOSING;
}

static void hear_data(struct peer *peer, const char *payload, size_t length) {
  for (int i = 0; i < settings.replies; i++) {
    size_t size = strlen(settings.heard[i]);
    if (length < size || memcmp(payload, settings.heard[i], size) != 0) continue;
    frame_send(&peer->wire, TEXT, settings.reply[i], strlen(settings.reply[i]), true);
  }
  if (peer->stage == STEPPING) {
    const struct step *step = &way_of(peer)->steps[peer->step];
    if (memmem(payload, length, step->expect, step->expect_length) == NULL) return;
    peer->step++;
    go_on(peer);
  } else if (peer->stage == READY && peer->role == VIEWER) {
    hear_message(peer, payload, length);
  }
}

/* Whether the peer is still there. */
static bool hear_frame(struct peer *peer, const struct frame *frame) {
  if (frame->opcode == PING) {
    frame_send(&peer->wire, PONG, frame->payload, frame->length, true);
  } else if (frame->opcode == CLOSE) {
    const unsigned char *code = (const unsigned char *)frame->payload;
    if (peer->stage != CLOSING)
      fail("peer %d was sent away: %d", peer->number, frame->length < 2 ? 0 : code[0] << 8 | code[1]);
    drop(peer);
    return false;
  } else if (frame->opcode != PONG) {
    hear_data(peer, frame->payload, frame->length);
  }
  return true;
}

static void hear(struct peer *peer, struct taken taken) {
  char *data = taken.data;
  size_t left = (size_t)taken.length, used;
  if (peer->stage == UPGRADING) {
    char *end = memmem(data, left, "\r\n\r\n", 4);
    if (end == NULL) {
      wire_keep(&peer->wire, data, left);
      return;
    }
    if (memcmp(data, "HTTP/1.1 101", 12) != 0) fail("no upgrade: %.200s", data);
    left -= (size_t)(end + 4 - data);
    data = end + 4;
    peer->stage = STEPPING;
    go_on(peer);
  }
  struct frame frame;
  while ((used = frame_next(&frame, data, left)) > 0) {
    if (!hear_frame(peer, &frame)) return;
    data += used;
    left -= used;
  }
  wire_keep(&peer->wire, data, left);
}

/* Something has happened on this peer's wire. */
void attend(struct peer *peer) {
  if (!wire_progress(&peer->wire)) return;
  if (peer->stage == DIALLING) {
    if (speaks_websocket(peer))
      ask_upgrade(peer);
    else
      be_ready(peer);
  }
  struct taken taken = wire_take(&peer->wire);
  if (taken.length < 0) {
    if (peer->stage != CLOSING) fail("peer %d of role %d was hung up on", peer->number, (int)peer->role);
    drop(peer);
  } else if (taken.length > 0) {
    if (speaks_websocket(peer))
      hear(peer, taken);
    else if (settings.speech == BY_HTTP)
      hear_answer(peer, taken);
  }
}
