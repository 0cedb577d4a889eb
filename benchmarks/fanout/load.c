/* The load generator: thousands of viewers and some publishers in one process. Commands come on stdin, one a line, with
 * their fields parted by tabs (\t \n \r \\ \xHH within a field); each is answered by one line of JSON. It ends with a
 * message on stderr when anything is not as it must be: a message lost, doubled, out of order, a socket closed.
 *
 *   server PORT tls|plain                  path TEMPLATE       headers LINES     step text|binary SEND EXPECT
 *   reply HEARD ANSWER                     publisher-path, publisher-headers, publisher-step: as above
 *   owner TENANT TOKEN                     of each n-th room
 *   steps                                  forget the steps: those that follow are others
 *   speech websocket|tcp|http PORT TEMPLATE text|binary        publishers COUNT
 *   open COUNT ROOMS                       COUNT more viewers, each let in
 *   publish COUNT OUTSTANDING BURST RATE   see publish.c
 *   pass COUNT OUTSTANDING                 that many come, are let in, and go
 *   close                                  all viewers go
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "load.h"

enum { EVENTS = 512, FIELDS = 8, LINE_MOST = 1 << 16, DIALLING_MOST = 128 };

struct field {
  char *text;
  size_t length;
};

struct settings settings = {.viewing = {.path = "/", .headers = ""}, .publishing = {.path = "/", .headers = ""}};
struct audience audience;
static char line[LINE_MOST];
static size_t line_length;
static bool has_input;

/* -- The loop ----------------------------------------------------------------------------------------------------- */

void pump(int timeout_ms) {
  static struct epoll_event events[EVENTS];
  int ready = epoll_wait(epoll, events, EVENTS, timeout_ms);
  if (ready < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
  for (int i = 0; i < ready; i++) {
    struct wire *wire = events[i].data.ptr;
    if (wire == NULL)
      has_input = true;
    else
      attend(wire->owner);
  }
}

static void give_up(int signal) {
  (void)signal;
  static const char words[] = "fanout: it took too long\n";
  (void)!write(STDERR_FILENO, words, sizeof words - 1);
  _exit(1);
}

void deadline(int seconds) {
  signal(SIGALRM, give_up);
  alarm((unsigned)seconds);
}

/* -- Commands ----------------------------------------------------------------------------------------------------- */

static void done(void) {
  printf("{}\n");
  fflush(stdout);
}

static void open_viewers(int count, int rooms) {
  int first = audience.count;
  audience.rooms = rooms;
  audience.viewers = realloc(audience.viewers, sizeof *audience.viewers * (size_t)(first + count));
  while (audience.ready < first + count) {
    while (audience.count < first + count && audience.count - audience.ready < DIALLING_MOST) {
      audience.viewers[audience.count] = dial(VIEWER, audience.count, audience.count % rooms);
      audience.count++;
    }
    pump(100);
  }
}

static void close_viewers(void) {
  audience.going = audience.count;
  for (int i = 0; i < audience.count; i++) say_goodbye(audience.viewers[i]);
  while (audience.going > 0) pump(100);
  audience.count = audience.ready = 0;
}

static void pass(int count, int outstanding) {
  int started = 0;
  audience.passed = 0;
  uint64_t begin = now_ns();
  while (audience.passed < count) {
    while (started < count && started - audience.passed < outstanding)
      dial(PASSER, started, started % (audience.rooms ? audience.rooms : 1)), started++;
    pump(100);
  }
  printf("{\"passed\":%d,\"elapsed_s\":%.6f}\n", count, (double)(now_ns() - begin) / 1e9);
  fflush(stdout);
}

static size_t unescape(char *text) {
  char *out = text;
  for (const char *in = text; *in != '\0'; in++) {
    if (*in != '\\') {
      *out++ = *in;
    } else if (*++in == 'x') {
      char digits[3] = {in[1], in[2], '\0'};
      *out++ = (char)strtol(digits, NULL, 16);
      in += 2;
    } else {
      *out++ = *in == 't' ? '\t' : *in == 'n' ? '\n' : *in == 'r' ? '\r' : *in;
    }
  }
  *out = '\0';
  return (size_t)(out - text);
}

static char *keep(struct field field) {
  char *copy = malloc(field.length + 1);
  memcpy(copy, field.text, field.length + 1);
  return copy;
}

static int opcode(struct field field) { return strcmp(field.text, "binary") == 0 ? BINARY : TEXT; }

static void set_way(struct way *way, const char *name, const struct field *fields) {
  if (strcmp(name, "path") == 0) {
    way->path = keep(fields[0]);
  } else if (strcmp(name, "headers") == 0) {
    way->headers = keep(fields[0]);
  } else if (strcmp(name, "steps") == 0) {
    way->count = 0;
  } else if (strcmp(name, "step") == 0 && way->count < STEPS - 1) {
    way->steps[way->count++] = (struct step){opcode(fields[0]), keep(fields[1]), fields[1].length,
                                             keep(fields[2]), fields[2].length};
  } else {
    fail("no such command: %s", name);
  }
}

static void obey(const char *name, const struct field *fields) {
  const char *first = fields[0].text;
  int number = atoi(first), other = atoi(fields[1].text);
  deadline(180);
  if (strcmp(name, "open") == 0) {
    open_viewers(number, other);
  } else if (strcmp(name, "publishers") == 0) {
    open_publishers(number);
  } else if (strcmp(name, "publish") == 0) {
    publish(number, other, atoi(fields[2].text), atof(fields[3].text));
    return;
  } else if (strcmp(name, "pass") == 0) {
    pass(number, other);
    return;
  } else if (strcmp(name, "close") == 0) {
    close_viewers();
  } else if (strcmp(name, "server") == 0) {
    settings.port = number;
    settings.with_tls = strcmp(fields[1].text, "tls") == 0;
    if (settings.with_tls) tls_client();
  } else if (strcmp(name, "speech") == 0) {
    settings.speech = strcmp(first, "http") == 0 ? BY_HTTP : strcmp(first, "tcp") == 0 ? BY_TCP : BY_WEBSOCKET;
    settings.publish_port = other;
    settings.template = keep(fields[2]);
    settings.template_length = fields[2].length;
    settings.publishing.steps[STEPS - 1].opcode = opcode(fields[3]);
  } else if (strcmp(name, "reply") == 0 && settings.replies < STEPS) {
    settings.heard[settings.replies] = keep(fields[0]);
    settings.reply[settings.replies++] = keep(fields[1]);
  } else if (strcmp(name, "owner") == 0) {
    settings.owners = realloc(settings.owners, sizeof *settings.owners * (size_t)(settings.owners_count + 1));
    settings.owners[settings.owners_count++] = (struct owner){keep(fields[0]), keep(fields[1])};
  } else if (strncmp(name, "publisher-", 10) == 0) {
    set_way(&settings.publishing, name + 10, fields);
  } else {
    set_way(&settings.viewing, name, fields);
  }
  done();
}

static void read_commands(void) {
  ssize_t count = read(STDIN_FILENO, line + line_length, sizeof line - line_length - 1);
  if (count <= 0) exit(0);
  line_length += (size_t)count;
  char *end;
  while ((end = memchr(line, '\n', line_length)) != NULL) {
    *end = '\0';
    size_t used = (size_t)(end + 1 - line);
    struct field fields[FIELDS];
    char *rest = line, *name = strsep(&rest, "\t");
    for (int i = 0; i < FIELDS; i++) {
      fields[i].text = rest == NULL ? "" : strsep(&rest, "\t");
      fields[i].length = fields[i].text[0] == '\0' ? 0 : unescape(fields[i].text);
    }
    obey(name, fields);
    deadline(0);
    line_length -= used;
    memmove(line, line + used, line_length);
  }
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0) fail("stdin is no pipe: %s", strerror(errno));
  for (;;) {
    pump(-1); /* between commands everybody is listened to, and pings are answered */
    if (has_input) read_commands();
    has_input = false;
  }
}
