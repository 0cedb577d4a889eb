/* Messages: each is sent once, has to come to every viewer of its room exactly once, and is timed on its way. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { BURST_MOST = 64, MESSAGE_MOST = 2048, ROOMS_MOST = 100000 };

static const uint64_t STALLED_NS = 20000000000;

struct message {
  uint64_t marker; /* when it was sent, and its name */
  uint64_t answered;
  int room;
  uint32_t nth; /* of its room, in this command */
  int left;     /* viewers who do not have it yet */
};

struct arrival {
  uint64_t at;
  int message;
};

static struct message *messages;
static int sent, done;
static struct arrival *arrivals;
static size_t arrived, arrivals_space;
static uint64_t frames, bytes, last_marker;
static uint32_t nth_of[ROOMS_MOST];
static uint64_t seq_of[ROOMS_MOST]; /* over all commands */
static struct peer **publishers, **resting;
static int publishers_count, publishers_up, resting_count;

/* -- Publishers --------------------------------------------------------------------------------------------------- */

void publisher_ready(void) { publishers_up++; }

void open_publishers(int count) {
  for (int i = 0; i < publishers_count; i++) drop(publishers[i]);
  free(publishers);
  free(resting);
  publishers_up = 0;
  publishers = calloc((size_t)count, sizeof *publishers);
  resting = calloc((size_t)count, sizeof *resting);
  for (int i = 0; i < count; i++) resting[i] = publishers[i] = dial(PUBLISHER, i, 0);
  publishers_count = resting_count = count;
  while (publishers_up < count) pump(100);
}

/* -- Sending ------------------------------------------------------------------------------------------------------ */

/* An event as ours are, of the same length for everybody. */
static void make_payload(char *payload, int room, uint64_t seq, uint64_t marker) {
  static const char words[] =
      "Everyone has the right to freedom of opinion and expression; this right includes freedom to hold opinions "
      "without interference and to seek, receive and impart information and ideas through any media.";
  char tail[] = "\",\"commenterName\":\"Ana\"}}";
  int size = snprintf(payload, PAYLOAD + 1,
                      "{\"type\":\"updated-text-chat\",\"urlId\":\"bench-%05d\",\"seq\":%llu,"
                      "\"broadcastId\":\"@%019llu@\",\"userId\":\"anon:NUVMEpRj\",\"chat\":{\"_id\":\"LOrHbQut\"},"
                      "\"comment\":{\"_id\":\"1-3W-CN_\",\"commentHTML\":\"",
                      room, (unsigned long long)seq, (unsigned long long)marker);
  size_t room_left = PAYLOAD - (size_t)size - (sizeof tail - 1);
  for (size_t i = 0; i < room_left; i++) payload[(size_t)size + i] = words[i % (sizeof words - 1)];
  memcpy(payload + PAYLOAD - (sizeof tail - 1), tail, sizeof tail);
}

static void finish(const struct message *message) {
  if (message->left == 0 && message->answered != 0) done++;
}

static void send_burst(int room, int burst, int viewers) {
  static char batch[BURST_MOST * MESSAGE_MOST];
  char payload[PAYLOAD + 1];
  size_t size = 0;
  struct peer *publisher = NULL;
  for (int i = 0; i < burst; i++) {
    uint64_t marker = now_ns();
    if (marker <= last_marker) marker = last_marker + 1;
    last_marker = marker;
    make_payload(payload, room, ++seq_of[room], marker);
    messages[sent] = (struct message){marker, 0, room, nth_of[room]++, viewers};
    char whole[MESSAGE_MOST];
    size_t length = fill(whole, sizeof whole, settings.template, settings.template_length, room, payload);
    if (settings.speech == BY_HTTP) {
      publisher = resting[--resting_count];
      publisher->message = sent++;
      wire_send(&publisher->wire, whole, length);
      continue;
    }
    publisher = publishers[0];
    messages[sent].answered = marker; /* there is no answer to wait for */
    finish(&messages[sent++]);
    if (settings.speech == BY_WEBSOCKET)
      size += frame_head((unsigned char *)batch + size, settings.publishing.steps[STEPS - 1].opcode, length, true);
    memcpy(batch + size, whole, length);
    size += length;
  }
  if (size > 0) wire_send(&publisher->wire, batch, size);
}

/* -- Hearing ------------------------------------------------------------------------------------------------------ */

static int find_message(uint64_t marker) {
  int low = 0, high = sent;
  while (low < high) {
    int middle = (low + high) / 2;
    if (messages[middle].marker < marker)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == sent || messages[low].marker != marker) fail("a message that nobody sent: %llu", (unsigned long long)marker);
  return low;
}

static void note(struct peer *viewer, uint64_t marker, uint64_t at) {
  int index = find_message(marker);
  struct message *message = &messages[index];
  if (message->room != viewer->room) fail("viewer %d got a message of another room", viewer->number);
  if (viewer->seen != NULL) {
    uint64_t bit = 1ULL << message->nth % 64, *word = &viewer->seen[message->nth / 64];
    if (*word & bit) fail("viewer %d got message %u twice", viewer->number, message->nth);
    *word |= bit;
  } else if (message->nth != viewer->got) {
    fail("viewer %d got message %u instead of %u", viewer->number, message->nth, viewer->got);
  }
  viewer->got++;
  if (arrived == arrivals_space) {
    arrivals_space = arrivals_space ? 2 * arrivals_space : 4096;
    arrivals = realloc(arrivals, sizeof *arrivals * arrivals_space);
  }
  arrivals[arrived++] = (struct arrival){at, index};
  message->left--;
  finish(message);
}

void hear_message(struct peer *viewer, const char *payload, size_t length) {
  const char *place = payload, *end = payload + length;
  uint64_t at = now_ns();
  bool is_ours = false;
  while ((place = memchr(place, '@', (size_t)(end - place))) != NULL) {
    uint64_t marker = 0;
    const char *digit = place + 1;
    while (digit < end && *digit >= '0' && *digit <= '9' && digit - place < MARKER - 1)
      marker = marker * 10 + (uint64_t)(*digit++ - '0');
    if (digit - place == MARKER - 1 && digit < end && *digit == '@') {
      note(viewer, marker, at);
      is_ours = true;
    }
    place = digit;
  }
  frames += is_ours;
  bytes += is_ours ? length : 0;
}

void hear_answer(struct peer *publisher, struct taken taken) {
  char *data = taken.data, *end = memmem(data, (size_t)taken.length, "\r\n\r\n", 4);
  size_t length = 0;
  if (end != NULL) {
    *end = '\0';
    const char *field = strcasestr(data, "\ncontent-length:");
    if (field == NULL) fail("an answer without its length: %s", data);
    *end = '\r';
    length = (size_t)(end + 4 - data) + (size_t)atol(field + sizeof "\ncontent-length:" - 1);
  }
  if (end == NULL || length > (size_t)taken.length) {
    wire_keep(&publisher->wire, data, (size_t)taken.length);
    return;
  }
  if (taken.length < 12 || data[9] != '2') fail("refused: %.*s", (int)taken.length, data);
  struct message *message = &messages[publisher->message];
  message->answered = now_ns();
  publisher->message = -1;
  resting[resting_count++] = publisher;
  finish(message);
}

/* -- What came out ------------------------------------------------------------------------------------------------ */

static int by_size(const void *one, const void *other) {
  int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
  return (a > b) - (a < b);
}

static void print_spread(const char *name, int64_t *values, size_t count) {
  if (count == 0) return;
  qsort(values, count, sizeof *values, by_size);
  printf(",\"%s\":{\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}", name, (double)values[count / 2] / 1e3,
         (double)values[count * 99 / 100] / 1e3, (double)values[count - 1] / 1e3);
}

static void report(uint64_t elapsed) {
  size_t most = arrived > (size_t)sent ? arrived : (size_t)sent;
  int64_t *values = calloc(most + 1, sizeof *values);
  printf("{\"messages\":%d,\"deliveries\":%zu,\"frames\":%llu,\"bytes\":%llu,\"elapsed_s\":%.6f", sent, arrived,
         (unsigned long long)frames, (unsigned long long)bytes, (double)elapsed / 1e9);
  for (size_t i = 0; i < arrived; i++) values[i] = (int64_t)(arrivals[i].at - messages[arrivals[i].message].marker);
  print_spread("sent_to_frame_us", values, arrived);
  if (settings.speech == BY_HTTP) {
    for (size_t i = 0; i < arrived; i++) values[i] = (int64_t)(arrivals[i].at - messages[arrivals[i].message].answered);
    print_spread("answer_to_frame_us", values, arrived);
    for (int i = 0; i < sent; i++) values[i] = (int64_t)(messages[i].answered - messages[i].marker);
    print_spread("sent_to_answer_us", values, (size_t)sent);
  }
  printf("}\n");
  fflush(stdout);
  free(values);
}

/* Send `count` bursts, each to the next room, at most `outstanding` of them on their way; 0 per second: no pauses. */
void publish(int count, int outstanding, int burst, double per_second) {
  int total = count * burst, viewers = audience.count, rooms = audience.rooms ? audience.rooms : 1;
  if (burst > BURST_MOST || rooms > ROOMS_MOST) fail("a burst of %d in %d rooms", burst, rooms);
  if (publishers_count == 0) fail("no publishers");
  messages = realloc(messages, sizeof *messages * (size_t)total);
  memset(nth_of, 0, sizeof nth_of);
  sent = done = 0;
  arrived = 0;
  frames = bytes = 0;
  for (int i = 0; i < viewers; i++) {
    struct peer *viewer = audience.viewers[i];
    viewer->got = 0;
    free(viewer->seen);
    viewer->seen = settings.speech == BY_HTTP ? calloc((size_t)total / 64 + 1, sizeof *viewer->seen) : NULL;
  }
  uint64_t begin = now_ns(), heard_at = begin;
  size_t heard = 0;
  for (int next = 0; done < total;) {
    if (arrived + (size_t)done != heard) {
      heard = arrived + (size_t)done;
      heard_at = now_ns();
    } else if (now_ns() - heard_at > STALLED_NS) {
      fail("%d of %d messages have not come to everybody", total - done, total);
    }
    while (next < count && sent - done + burst <= outstanding * burst &&
           (settings.speech != BY_HTTP || resting_count >= burst) &&
           (per_second == 0 || (double)(now_ns() - begin) >= next * 1e9 / per_second)) {
      int room = next++ % rooms;
      send_burst(room, burst, viewers / rooms + (room < viewers % rooms));
    }
    pump(per_second == 0 || next == count ? 100 : 1);
  }
  report(now_ns() - begin);
}
