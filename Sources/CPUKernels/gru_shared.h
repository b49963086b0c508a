/// How both passes of the GRU cut the sequence and the batch.
#ifndef TANDEM_GRU_SHARED_H
#define TANDEM_GRU_SHARED_H

#include "gru.h"
#include "simd.h"
#include "sizes.h"

/// A workspace for the gates of this many bytes is filled and used up before the next stretch of
/// time begins: it stays in the cache.
#define GRU_CHUNK_BYTES (8 << 20)
/// Fewer rows of the batch than this are not worth a thread of their own.
#define GRU_ROWS_PER_THREAD 4

/// Time steps per stretch when one row of the workspace holds `row_floats` floats. Depends on the
/// shape alone.
static inline int64_t gru_steps_per_chunk(tandem_gru_shape shape, int64_t row_floats) {
    const int64_t steps = GRU_CHUNK_BYTES / (int64_t)sizeof(float) / (shape.batch * row_floats);
    return steps < 1 ? 1 : minimum(steps, shape.steps);
}

/// Rows of the batch per thread. Each thread walks through time with its own rows, so that no
/// thread waits for another within the sequence.
static inline int64_t gru_rows_per_task(const tandem_executor *executor, tandem_gru_shape shape) {
    const int64_t even = group_count(shape.batch, tandem_thread_pool_size(executor->pool));
    return even < GRU_ROWS_PER_THREAD ? minimum(GRU_ROWS_PER_THREAD, shape.batch) : even;
}

/// Rounds a count of floats up to whole cache lines.
static inline int64_t gru_aligned(int64_t floats) {
    return rounded_up(floats, LANES);
}

/// Runs on the caller alone what is too small to be worth a hand-off.
static inline void gru_run(
    const tandem_executor *executor, double operations, int64_t count, tandem_task task,
    void *context) {
    if (operations > 1e6) {
        tandem_thread_pool_run(executor->pool, count, task, context);
    } else {
        for (int64_t index = 0; index < count; index++) task(context, index, 0);
    }
}

#endif
