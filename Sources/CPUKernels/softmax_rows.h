/// The passes over one contiguous row that softmax is made of.
#ifndef TANDEM_SOFTMAX_ROWS_H
#define TANDEM_SOFTMAX_ROWS_H

#include "row_sums.h"
#include "vector_math.h"

/// Writes `e^(x - largest)` and returns the sum; with `output` NULL only the sum.
INLINE float exponentials(const float *x, float *output, int64_t count, float largest) {
    FloatVector sums = 0.0f;
    for (int64_t i = 0; i < count; i += LANES) {
        const FloatVector e = exponential_vector(load_some(x + i, count - i, -INFINITY) - largest);
        if (output) store_some(output + i, e, count - i);
        sums += e;
    }
    return sum_lanes(sums);
}

INLINE void scale_row(float *row, int64_t count, float factor) {
    for (int64_t i = 0; i < count; i += LANES) {
        store_some(row + i, load_some(row + i, count - i, 0.0f) * factor, count - i);
    }
}

/// `y * (g - sum(g * y))` times `factor`; `result` may be `g`.
INLINE void softmax_backward_row(
    const float *y, const float *g, float *result, int64_t count, float factor) {
    const float dot = row_dot(g, y, count);
    for (int64_t i = 0; i < count; i += LANES) {
        const FloatVector value =
            load_some(y + i, count - i, 0.0f) * (load_some(g + i, count - i, 0.0f) - dot);
        store_some(result + i, factor == 1.0f ? value : value * factor, count - i);
    }
}

#endif
