#ifndef TANDEM_THREAD_POOL_H
#define TANDEM_THREAD_POOL_H

#include <stddef.h>
#include <stdint.h>

/// A small fixed set of threads that share the indices of one job at a time.
///
/// Waiting threads spin for some microseconds, then sleep. A job allocates nothing. Which thread
/// takes which index is left to chance, so tasks must not let it influence their results.
typedef struct tandem_thread_pool tandem_thread_pool;

/// One index of a job. `worker` in `0..<thread_count` tells which thread runs it (0 is the calling
/// thread): it selects scratch memory.
typedef void (*tandem_task)(void *context, int64_t index, int32_t worker);

/// Starts `thread_count - 1` threads (the caller of `run` is the other one), each with
/// `scratch_bytes` of memory. Returns NULL when threads or memory cannot be had.
tandem_thread_pool *tandem_thread_pool_create(int32_t thread_count, size_t scratch_bytes);

/// Ends and joins all threads; NULL is allowed. No job may be running.
void tandem_thread_pool_destroy(tandem_thread_pool *pool);

/// Number of threads, the caller included.
int32_t tandem_thread_pool_size(const tandem_thread_pool *pool);

/// The scratch memory of `worker`, aligned to 64 bytes; contents undefined. That of number 0 belongs
/// to the calling thread and goes with it.
void *tandem_thread_pool_scratch(const tandem_thread_pool *pool, int32_t worker);

/// Calls `task(context, index, worker)` for every index in `0..<count` and returns when all are
/// done. With one thread or one index everything runs on the caller. Jobs of several threads are run
/// one after the other; tasks must not call it. `count` must be below 2^31.
void tandem_thread_pool_run(
    tandem_thread_pool *pool, int64_t count, tandem_task task, void *context);

/// Number of jobs so far that were offered to the other threads.
uint64_t tandem_thread_pool_jobs(const tandem_thread_pool *pool);

#endif
