/* One non-blocking connection, plain or TLS, and WebSocket frames on it; for both the load generator and the floor. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The key of RFC 6455's example and its answer: both ends are ours, so neither has to compute anything. */
#define SAMPLE_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define SAMPLE_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

struct wire {
  int fd;
  void *tls;       /* OpenSSL's SSL, or NULL */
  bool is_open;    /* connected, and TLS agreed upon */
  bool is_dialled; /* connect() has ended */
  char *rest;      /* what came of a frame that is not there in full */
  size_t rest_length;
  char *unsent;
  size_t unsent_length;
  void *owner;
};

/* What came, in one piece; `length` 0 means nothing yet, -1 that the other end has hung up. */
struct taken {
  char *data;
  ssize_t length;
};

struct frame {
  int opcode;
  char *payload;
  size_t length;
};

extern int epoll; /* all wires are in this epoll instance, each with its address */

void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
uint64_t now_ns(void);
void raise_file_limit(void);

void tls_client(void);
void tls_server(const char *certificate, const char *key);

void wire_dial(struct wire *wire, int port, uint32_t source, bool with_tls);
void wire_adopt(struct wire *wire, int fd, bool with_tls);
bool wire_progress(struct wire *wire); /* call on every event; true once the wire is open */
struct taken wire_take(struct wire *wire);
void wire_keep(struct wire *wire, const char *data, size_t length);
void wire_send(struct wire *wire, const void *data, size_t length);
void wire_close(struct wire *wire);

size_t frame_head(unsigned char *head, int opcode, size_t length, bool is_masked);
void frame_send(struct wire *wire, int opcode, const void *payload, size_t length, bool is_masked);
size_t frame_next(struct frame *frame, char *data, size_t length);

#endif
