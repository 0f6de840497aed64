// The kernels of callweave for C. Made by cbindgen from src/c_api.rs; do not edit.
//
// A test holds this file against the source; CALLWEAVE_BLESS=1 cargo test -p callweave-jni
// writes it anew.

#ifndef CALLWEAVE_H
#define CALLWEAVE_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

// How a call ended.
typedef enum CallweaveStatus {
  // As asked.
  CALLWEAVE_STATUS_OK = 0,
  // The kernel refused its input, or panicked.
  CALLWEAVE_STATUS_KERNEL = 1,
  // An argument or a setting that no kernel could work with.
  CALLWEAVE_STATUS_ARGUMENT = 2,
  // The handle is closed, was never open, or its kernel panicked before.
  CALLWEAVE_STATUS_STATE = 3,
} CallweaveStatus;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Version of this interface.
uint32_t callweave_abi_version(void);

// The text of this thread's last error, empty if there was none. Valid until its next error.
const char *callweave_last_error(void);

// Opens a kernel. `kind` is `route`, `link` or `assemble`; the settings are a JSON object with the fields
// of its configuration.
//
// # Safety
// `kind` points to a text that ends with a zero byte, or is null. `settings` points to `settings_bytes`
// bytes, or is null with a length of 0. `handle` points to memory for one value, or is null.
enum CallweaveStatus callweave_open(const char *kind,
                                    const uint8_t *settings,
                                    size_t settings_bytes,
                                    uint64_t *handle);

// Has a batch of records judged and kept; `written` gets the bytes of the verdict. A verdict that
// does not fit is an error after which the kernel has to be opened anew.
//
// # Safety
// `batch` and `verdict` point to that many bytes, which do not overlap, or are null with a length
// of 0; `written` points to memory for one value, or is null.
enum CallweaveStatus callweave_push_batch(uint64_t handle,
                                          const uint8_t *batch,
                                          size_t batch_bytes,
                                          int64_t watermark_ms,
                                          int64_t now_ms,
                                          uint8_t *verdict,
                                          size_t verdict_bytes,
                                          size_t *written);

// Closes the blocks of all cells that a watermark of `watermark_ms` fires, to be pulled.
enum CallweaveStatus callweave_flush(uint64_t handle, int64_t watermark_ms);

// Gives a kernel one block of the bucket that will be fired next.
//
// # Safety
// `block` points to `block_bytes` bytes, or is null with a length of 0.
enum CallweaveStatus callweave_push(uint64_t handle, const uint8_t *block, size_t block_bytes);

// Works the pushed blocks as those of this time bucket, to be pulled.
enum CallweaveStatus callweave_fire(uint64_t handle, int64_t bucket);

// Fills `out` with whole frames. `pulled` gets the bytes filled, 0 when nothing is left, or minus
// the bytes that the next frame needs.
//
// # Safety
// `out` points to `out_bytes` bytes, or is null with a length of 0; `pulled` points to memory for
// one value, or is null.
enum CallweaveStatus callweave_pull(uint64_t handle,
                                    uint8_t *out,
                                    size_t out_bytes,
                                    int64_t *pulled);

// Has a kernel that keeps state take up what was saved of a key, nothing for a new one.
//
// # Safety
// `state` points to `state_bytes` bytes, or is null with a length of 0.
enum CallweaveStatus callweave_load(uint64_t handle, const uint8_t *state, size_t state_bytes);

// Fills `out` with what has to be kept of the key that was loaded and fired. `saved` gets its bytes; if
// they are more than `out_bytes`, nothing is written: ask again with more room.
//
// # Safety
// `out` points to `out_bytes` bytes, or is null with a length of 0; `saved` points to memory for one
// value, or is null.
enum CallweaveStatus callweave_save(uint64_t handle,
                                    uint8_t *out,
                                    size_t out_bytes,
                                    size_t *saved);

// Fills `out` with the names of what the kernel counts, one a line. `written` gets their bytes; if they
// are more than `out_bytes`, nothing is written.
//
// # Safety
// As [`callweave_save`].
enum CallweaveStatus callweave_counter_names(uint64_t handle,
                                             uint8_t *out,
                                             size_t out_bytes,
                                             size_t *written);

// Gives what was counted since the last call, a number for each name in their order.
//
// # Safety
// `counts` points to memory for `length` initialised values, or is null with a length of 0.
enum CallweaveStatus callweave_take_counts(uint64_t handle, uint64_t *counts, size_t length);

// Bytes of memory that the kernel holds.
//
// # Safety
// `memory_bytes` points to memory for one value, or is null.
enum CallweaveStatus callweave_memory_bytes(uint64_t handle, size_t *memory_bytes);

// Closes a handle.
enum CallweaveStatus callweave_close(uint64_t handle);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CALLWEAVE_H */
