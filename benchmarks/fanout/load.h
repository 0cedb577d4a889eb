/* The load generator's parts: peers.c dials and listens, publish.c sends and counts, load.c takes the commands. */
#ifndef LOAD_H
#define LOAD_H

#include "wire.h"

enum { PAYLOAD = 400, MARKER = 21, STEPS = 8 };

enum role { VIEWER, PASSER, PUBLISHER }; /* a passer comes, is let in, and goes */
enum stage { DIALLING, UPGRADING, STEPPING, READY, CLOSING };

struct peer {
  struct wire wire;
  enum role role;
  enum stage stage;
  int step;
  int room;
  int number;     /* among those of its role */
  uint32_t got;   /* messages of this command */
  uint64_t *seen; /* which of the room's, one bit each; only where they may come in any order */
  int message;    /* a publisher by HTTP: what it waits to hear of, or -1 */
};

/* One message to send, and what has to come before the next. */
struct step {
  int opcode;
  char *send;
  size_t length;
  char *expect;
  size_t expect_length;
};

/* How to come in: the same for viewers, or for publishers. Templates know {room}, {tenant} and {token}, and,
 * where something is published, {payload}, {marker} and {nonce}. */
struct way {
  char *path;
  char *headers;
  struct step steps[STEPS];
  int count;
};

/* Whose a room is, where a server has several owners: {tenant} and {token} by the room's number. */
struct owner {
  char *tenant, *token;
};

enum speech { BY_WEBSOCKET, BY_TCP, BY_HTTP };

struct settings {
  int port;
  bool with_tls;
  struct way viewing, publishing;
  char *heard[STEPS], *reply[STEPS]; /* in-band heartbeats: what begins so is answered so */
  int replies;
  enum speech speech;
  int publish_port; /* 0: the same port, with TLS if that has it */
  char *template;
  size_t template_length;
  struct owner *owners;
  int owners_count;
};

struct audience {
  struct peer **viewers;
  int count, rooms, ready, passed, going;
};

extern struct settings settings;
extern struct audience audience;

/* peers.c */
struct peer *dial(enum role role, int number, int room);
void say_goodbye(struct peer *peer);
void drop(struct peer *peer);
void attend(struct peer *peer);
size_t fill(char *out, size_t most, const char *template, size_t length, int room, const char *payload);

/* publish.c */
void open_publishers(int count);
void publisher_ready(void);
void publish(int count, int outstanding, int burst, double per_second);
void hear_message(struct peer *viewer, const char *payload, size_t length);
void hear_answer(struct peer *publisher, struct taken taken);

/* load.c */
void pump(int timeout_ms);
void deadline(int seconds);

#endif
