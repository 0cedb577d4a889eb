/* The floor: the least that any server has to do to tell a room. One epoll loop, and one send() of a ready-made frame
 * for each socket. It keeps nothing, checks nothing, and gives up on whoever cannot take a frame at once.
 *
 *   floor PORT [CERTIFICATE KEY]
 *   GET /00007     a viewer of room 7
 *   GET /pub       a publisher: text messages "00007 payload"
 */
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { ROOMS = 100000, EVENTS = 256, ROOM_DIGITS = 5, PUBLISHER = -1, STRANGER = -2 };

struct member {
  struct wire wire;
  int room;
  int place; /* in its room's list */
};

static struct room {
  struct member **members;
  int count, space;
} rooms[ROOMS];

static const char ACCEPTED[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: " SAMPLE_ACCEPT "\r\n\r\n";

static void enter(struct member *member, int number) {
  struct room *room = &rooms[number];
  if (room->count == room->space) {
    room->space = room->space ? 2 * room->space : 4;
    room->members = realloc(room->members, sizeof *room->members * (size_t)room->space);
  }
  member->room = number;
  member->place = room->count;
  room->members[room->count++] = member;
}

static void leave(struct member *member) {
  if (member->room >= 0) {
    struct room *room = &rooms[member->room];
    struct member *last = room->members[--room->count];
    room->members[member->place] = last;
    last->place = member->place;
  }
  wire_close(&member->wire);
  free(member);
}

static void broadcast(const char *message, size_t length) {
  static unsigned char whole[1 << 16];
  if (length <= ROOM_DIGITS + 1 || length > sizeof whole - 16) fail("a message of %zu bytes", length);
  struct room *room = &rooms[atoi(message) % ROOMS];
  length -= ROOM_DIGITS + 1;
  size_t size = frame_head(whole, TEXT, length, false);
  memcpy(whole + size, message + ROOM_DIGITS + 1, length);
  for (int i = 0; i < room->count; i++) wire_send(&room->members[i]->wire, whole, size + length);
}

/* What a member said; false when it has left. */
static bool hear(struct member *member, struct taken taken) {
  char *data = taken.data;
  size_t left = (size_t)taken.length, used;
  if (member->room == STRANGER) {
    char *end = memmem(data, left, "\r\n\r\n", 4);
    if (end != NULL) {
      if (memcmp(data, "GET /pub", 8) == 0)
        member->room = PUBLISHER;
      else
        enter(member, atoi(data + 5) % ROOMS);
      wire_send(&member->wire, ACCEPTED, sizeof ACCEPTED - 1);
      left -= (size_t)(end + 4 - data);
      data = end + 4;
    }
  }
  struct frame frame;
  while (member->room != STRANGER && (used = frame_next(&frame, data, left)) > 0) {
    if (frame.opcode == CLOSE) {
      frame_send(&member->wire, CLOSE, frame.payload, frame.length, false);
      leave(member);
      return false;
    }
    if (frame.opcode == TEXT && member->room == PUBLISHER) broadcast(frame.payload, frame.length);
    data += used;
    left -= used;
  }
  wire_keep(&member->wire, data, left);
  return true;
}

static void accept_all(int listener, bool with_tls) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct member *member = calloc(1, sizeof *member);
    member->room = STRANGER;
    wire_adopt(&member->wire, fd, with_tls);
  }
}

int main(int count, char **arguments) {
  if (count != 2 && count != 4) fail("floor PORT [CERTIFICATE KEY]");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool with_tls = count == 4;
  if (with_tls) tls_server(arguments[2], arguments[3]);
  raise_file_limit();
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0)
    fail("port %s: %s", arguments[1], strerror(errno));
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event events[EVENTS], listening = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
  for (;;) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      struct member *member = events[i].data.ptr;
      if (member == NULL) {
        accept_all(listener, with_tls);
        continue;
      }
      if (!wire_progress(&member->wire)) continue;
      struct taken taken = wire_take(&member->wire);
      if (taken.length < 0)
        leave(member);
      else if (taken.length > 0)
        hear(member, taken);
    }
  }
}
