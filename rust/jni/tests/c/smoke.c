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

static void a_route_kernel_has_nothing_to_give_before_a_batch(void) {
  uint64_t route = 0;
  uint8_t out[64];
  int64_t pulled = -1;
  size_t memory_bytes = 0;
  CallweaveCounts counts = {9, 9, 9, 9};
  expect(callweave_open_route(1000, 16, 10000, 60000, 65536, true, &route) == CALLWEAVE_STATUS_OK,
         "a route kernel opens");
  expect(route != 0, "a handle is not 0");
  expect(callweave_flush(route, INT64_MAX) == CALLWEAVE_STATUS_OK, "flush");
  expect(callweave_pull(route, out, sizeof out, &pulled) == CALLWEAVE_STATUS_OK, "pull");
  expect(pulled == 0, "nothing is left");
  expect(callweave_take_counts(route, &counts) == CALLWEAVE_STATUS_OK, "take_counts");
  expect(counts.calls == 0 && counts.truncated == 0, "nothing was done");
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
  uint64_t kernel = 0;
  expect(callweave_abi_version() == 1, "the ABI version is 1");
  expect(strlen(callweave_last_error()) == 0, "no error yet");
  a_route_kernel_has_nothing_to_give_before_a_batch();
  expect(callweave_open_link(1000, 4, 100, &kernel) == CALLWEAVE_STATUS_OK, "a link kernel opens");
  a_cell_kernel_fires_an_empty_cell(kernel);
  expect(callweave_open_assemble(100, &kernel) == CALLWEAVE_STATUS_OK, "assemble opens");
  a_cell_kernel_fires_an_empty_cell(kernel);
  return failures == 0 ? 0 : 1;
}
