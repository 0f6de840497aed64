// Opens, uses and closes a kernel of each kind, and makes the mistakes that must be errors.

#include <stdio.h>
#include <string.h>

#include "callweave.h"

static int failures = 0;

static void expect(int holds, const char *claim) {
  if (!holds) {
    fprintf(stderr, "not so: %s (last error: %s)\n", claim, callweave_last_error());
    failures++;
  }
}

static uint64_t opened(const char *kind, const char *settings) {
  uint64_t handle = 0;
  expect(callweave_open(kind, (const uint8_t *)settings, strlen(settings), &handle) ==
             CALLWEAVE_STATUS_OK,
         kind);
  return handle;
}

static void a_route_kernel_has_nothing_to_give_before_a_batch(void) {
  uint8_t out[64];
  int64_t pulled = -1;
  size_t memory_bytes = 0;
  uint64_t counts[1] = {9};
  uint64_t route = opened("route",
                          "{\"bucket_ms\":1000,\"ip_groups\":16,\"max_latency_ms\":10000,"
                          "\"max_future_skew_ms\":60000,\"max_record_bytes\":65536,"
                          "\"pass_through\":true}");
  expect(route != 0, "a handle is not 0");
  expect(callweave_flush(route, INT64_MAX) == CALLWEAVE_STATUS_OK, "flush");
  expect(callweave_pull(route, out, sizeof out, &pulled) == CALLWEAVE_STATUS_OK, "pull");
  expect(pulled == 0, "nothing is left");
  expect(callweave_counter_names(route, out, sizeof out, &memory_bytes) == CALLWEAVE_STATUS_OK,
         "counter_names");
  expect(memory_bytes == 8 && memcmp(out, "accepted", 8) == 0, "accepted calls are counted");
  expect(callweave_take_counts(route, counts, 2) == CALLWEAVE_STATUS_ARGUMENT, "one count");
  expect(callweave_take_counts(route, counts, 1) == CALLWEAVE_STATUS_OK, "take_counts");
  expect(counts[0] == 0, "nothing was done");
  expect(callweave_load(route, NULL, 0) == CALLWEAVE_STATUS_ARGUMENT, "Route keeps no state");
  expect(callweave_save(route, out, sizeof out, &memory_bytes) == CALLWEAVE_STATUS_ARGUMENT,
         "and saves none");
  expect(callweave_memory_bytes(route, &memory_bytes) == CALLWEAVE_STATUS_OK, "memory_bytes");
  expect(callweave_push_batch(route, NULL, 8, 0, 0, out, sizeof out, &memory_bytes) ==
             CALLWEAVE_STATUS_ARGUMENT,
         "a batch that is null is refused");
  expect(strstr(callweave_last_error(), "batch is null") != NULL, "the text names the batch");
  expect(callweave_fire(route, 0) == CALLWEAVE_STATUS_ARGUMENT, "a route kernel does not fire");
  expect(callweave_close(route) == CALLWEAVE_STATUS_OK, "close");
  expect(callweave_close(route) == CALLWEAVE_STATUS_STATE, "a handle is closed once");
  expect(strlen(callweave_last_error()) > 0, "the second close has a text");
}

static void a_cell_kernel_fires_an_empty_cell(uint64_t kernel) {
  uint8_t out[64];
  int64_t pulled = -1;
  expect(callweave_fire(kernel, 5) == CALLWEAVE_STATUS_OK, "fire");
  expect(callweave_pull(kernel, out, sizeof out, &pulled) == CALLWEAVE_STATUS_OK, "pull");
  expect(pulled == 0, "an empty cell gives nothing");
  expect(callweave_pull(kernel, out, sizeof out, NULL) == CALLWEAVE_STATUS_ARGUMENT,
         "a result has to go somewhere");
  expect(callweave_close(kernel) == CALLWEAVE_STATUS_OK, "close");
  expect(callweave_push(kernel, out, 0) == CALLWEAVE_STATUS_STATE, "a closed handle is refused");
}

int main(void) {
  uint64_t handle = 7;
  expect(callweave_abi_version() == 2, "the ABI version is 2");
  expect(strlen(callweave_last_error()) == 0, "no error yet");
  expect(callweave_open("sort", NULL, 0, &handle) == CALLWEAVE_STATUS_ARGUMENT, "no such kernel");
  expect(callweave_open(NULL, NULL, 0, &handle) == CALLWEAVE_STATUS_ARGUMENT, "no kind");
  expect(handle == 7, "a handle is given only where a kernel was opened");
  a_route_kernel_has_nothing_to_give_before_a_batch();
  a_cell_kernel_fires_an_empty_cell(
      opened("link", "{\"bucket_ms\":1000,\"id_groups\":4,\"max_links\":100}"));
  a_cell_kernel_fires_an_empty_cell(opened("assemble", "{\"max_links\":100}"));
  return failures == 0 ? 0 : 1;
}
