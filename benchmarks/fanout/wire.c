/* See wire.h. Built with -DWITH_TLS where OpenSSL's headers are installed. */
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
static SSL_CTX *context;
#endif

enum { TAKE_MOST = 1 << 20 };

int epoll;
static char scratch[2 * TAKE_MOST];

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "fanout: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(1);
}

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void raise_file_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < 65536) limit.rlim_max = 65536;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  getrlimit(RLIMIT_NOFILE, &limit); /* not root: as many as are allowed */
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* -- TLS ---------------------------------------------------------------------------------------------------------- */

#ifdef WITH_TLS
void tls_client(void) {
  context = SSL_CTX_new(TLS_client_method()); /* whose certificate it is does not matter here */
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void tls_server(const char *certificate, const char *key) {
  context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
    fail("%s and %s are no certificate and key", certificate, key);
}

static void tls_wear(struct wire *wire, bool is_client) {
  SSL *tls = SSL_new(context);
  SSL_set_fd(tls, wire->fd);
  if (is_client)
    SSL_set_connect_state(tls);
  else
    SSL_set_accept_state(tls);
  wire->tls = tls;
}

/* -1 for "not now", 0 for "hung up", like recv. */
static ssize_t tls_outcome(struct wire *wire, int result) {
  int error = SSL_get_error(wire->tls, result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
    return -1;
  }
  return 0;
}
#else
void tls_client(void) { fail("built without TLS: install OpenSSL's headers"); }
void tls_server(const char *certificate, const char *key) { fail("built without TLS: %s, %s", certificate, key); }
static void tls_wear(struct wire *wire, bool is_client) { fail("built without TLS: %d %d", wire->fd, is_client); }
#endif

static ssize_t receive(struct wire *wire, char *data, size_t most) {
#ifdef WITH_TLS
  if (wire->tls != NULL) {
    int count = SSL_read(wire->tls, data, (int)most);
    return count > 0 ? count : tls_outcome(wire, count);
  }
#endif
  return recv(wire->fd, data, most, 0);
}

static ssize_t transmit(struct wire *wire, const void *data, size_t length) {
#ifdef WITH_TLS
  if (wire->tls != NULL) {
    int count = SSL_write(wire->tls, data, (int)length);
    return count > 0 ? count : tls_outcome(wire, count);
  }
#endif
  return send(wire->fd, data, length, MSG_NOSIGNAL);
}

/* -- Wires -------------------------------------------------------------------------------------------------------- */

static void listen_for(struct wire *wire, uint32_t events, int how) {
  struct epoll_event event = {.events = events, .data.ptr = wire};
  if (epoll_ctl(epoll, how, wire->fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

void wire_dial(struct wire *wire, int port, uint32_t source, bool with_tls) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in from = {.sin_family = AF_INET};
  int on = 1;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
  wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (wire->fd < 0) fail("socket: %s", strerror(errno));
  /* The port is chosen by connect(), for the pair of addresses: so they do not run short. */
  setsockopt(wire->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (bind(wire->fd, (struct sockaddr *)&from, sizeof from) != 0) fail("bind: %s", strerror(errno));
  if (connect(wire->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)
    fail("connect: %s", strerror(errno));
  if (with_tls) tls_wear(wire, true);
  listen_for(wire, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
}

void wire_adopt(struct wire *wire, int fd, bool with_tls) {
  int on = 1;
  wire->fd = fd;
  wire->is_dialled = true;
  wire->is_open = !with_tls;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (with_tls) tls_wear(wire, false);
  listen_for(wire, EPOLLIN, EPOLL_CTL_ADD);
}

bool wire_progress(struct wire *wire) {
  if (!wire->is_dialled) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) fail("connect: %s", strerror(error));
    struct sockaddr_in peer;
    socklen_t peer_size = sizeof peer;
    if (getpeername(wire->fd, (struct sockaddr *)&peer, &peer_size) != 0) return false;
    wire->is_dialled = true;
    wire->is_open = wire->tls == NULL;
    listen_for(wire, EPOLLIN, EPOLL_CTL_MOD);
  }
#ifdef WITH_TLS
  if (!wire->is_open) {
    int result = SSL_do_handshake(wire->tls);
    /* After a failure, too: the next read says that it has ended. */
    wire->is_open = result == 1 || tls_outcome(wire, result) == 0;
  }
#endif
  if (wire->is_open && wire->unsent_length > 0) {
    ssize_t count = transmit(wire, wire->unsent, wire->unsent_length);
    if (count > 0) {
      wire->unsent_length -= (size_t)count;
      memmove(wire->unsent, wire->unsent + count, wire->unsent_length);
      if (wire->unsent_length == 0) listen_for(wire, EPOLLIN, EPOLL_CTL_MOD);
    }
  }
  return wire->is_open;
}

struct taken wire_take(struct wire *wire) {
  size_t rest = wire->rest_length;
  struct taken taken = {scratch, 0};
  if (rest > TAKE_MOST) fail("a frame of more than %d bytes", TAKE_MOST);
  if (rest > 0) memcpy(scratch, wire->rest, rest);
  wire->rest_length = 0;
  size_t got = 0;
  ssize_t count = 0;
  do {
    count = receive(wire, scratch + rest + got, TAKE_MOST - got);
    if (count > 0) got += (size_t)count;
    /* What OpenSSL has read already, epoll does not tell of. */
  } while (count > 0 && wire->tls != NULL && got < TAKE_MOST);
  if (got == 0 && count < 0 && (errno == EAGAIN || errno == EINTR)) {
    wire->rest_length = rest;
    return taken;
  }
  taken.length = got == 0 ? -1 : (ssize_t)(rest + got);
  return taken;
}

void wire_keep(struct wire *wire, const char *data, size_t length) {
  if (length > 0) wire->rest = realloc(wire->rest, length);
  if (length > 0) memcpy(wire->rest, data, length);
  wire->rest_length = length;
}

void wire_send(struct wire *wire, const void *data, size_t length) {
  if (wire->unsent_length == 0) {
    ssize_t count = transmit(wire, data, length);
    if (count == (ssize_t)length) return;
    if (count > 0) data = (const char *)data + count, length -= (size_t)count;
  }
  wire->unsent = realloc(wire->unsent, wire->unsent_length + length);
  memcpy(wire->unsent + wire->unsent_length, data, length);
  wire->unsent_length += length;
  listen_for(wire, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

void wire_close(struct wire *wire) {
#ifdef WITH_TLS
  if (wire->tls != NULL) {
    SSL_shutdown(wire->tls);
    SSL_free(wire->tls);
    ERR_clear_error();
  }
#endif
  close(wire->fd);
  free(wire->rest);
  free(wire->unsent);
  memset(wire, 0, sizeof *wire);
  wire->fd = -1;
}

/* -- Frames ------------------------------------------------------------------------------------------------------- */

size_t frame_head(unsigned char *head, int opcode, size_t length, bool is_masked) {
  size_t size = 2;
  head[0] = (unsigned char)(0x80 | opcode);
  if (length < 126) {
    head[1] = (unsigned char)length;
  } else if (length < 65536) {
    head[1] = 126;
    head[2] = (unsigned char)(length >> 8);
    head[3] = (unsigned char)length;
    size = 4;
  } else {
    head[1] = 127;
    for (int i = 0; i < 8; i++) head[2 + i] = (unsigned char)((uint64_t)length >> (56 - 8 * i));
    size = 10;
  }
  if (is_masked) {
    head[1] |= 0x80;
    memset(head + size, 0, 4); /* a mask of zeros is a mask: the payload stays as it is */
    size += 4;
  }
  return size;
}

void frame_send(struct wire *wire, int opcode, const void *payload, size_t length, bool is_masked) {
  unsigned char *whole = malloc(14 + length);
  size_t size = frame_head(whole, opcode, length, is_masked);
  memcpy(whole + size, payload, length);
  wire_send(wire, whole, size + length);
  free(whole);
}

/* The first frame of what came: how many bytes it takes, 0 if it is not there in full. */
size_t frame_next(struct frame *frame, char *data, size_t length) {
  const unsigned char *bytes = (const unsigned char *)data;
  size_t head = 2;
  if (length < head) return 0;
  if (bytes[0] & 0x70) fail("a frame with extensions that nobody asked for");
  uint64_t size = bytes[1] & 0x7f;
  bool is_masked = bytes[1] & 0x80;
  if (size >= 126) {
    int wide = size == 126 ? 2 : 8;
    head += (size_t)wide;
    if (length < head) return 0;
    size = 0;
    for (int i = 0; i < wide; i++) size = size << 8 | bytes[2 + i];
  }
  if (is_masked) head += 4; /* only from our own loader, whose mask is zeros */
  if (length < head + size) return 0;
  *frame = (struct frame){bytes[0] & 0x0f, data + head, size};
  return head + size;
}
