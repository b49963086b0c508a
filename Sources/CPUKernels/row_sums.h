/// Sums along contiguous elements in the fixed order of `reductions.h`: lane by lane, then by
/// halves.
#ifndef TANDEM_ROW_SUMS_H
#define TANDEM_ROW_SUMS_H

#include "simd.h"

INLINE float row_sum(const float *x, int64_t count) {
    FloatVector sums = 0.0f;
    for (int64_t i = 0; i < count; i += LANES) sums += load_some(x + i, count - i, 0.0f);
    return sum_lanes(sums);
}

INLINE float row_square_sum(const float *x, int64_t count) {
    FloatVector sums = 0.0f;
    for (int64_t i = 0; i < count; i += LANES) {
        const FloatVector value = load_some(x + i, count - i, 0.0f);
        sums += value * value;
    }
    return sum_lanes(sums);
}

INLINE float row_dot(const float *a, const float *b, int64_t count) {
    FloatVector sums = 0.0f;
    for (int64_t i = 0; i < count; i += LANES) {
        sums += load_some(a + i, count - i, 0.0f) * load_some(b + i, count - i, 0.0f);
    }
    return sum_lanes(sums);
}

/// Smallest element; NaN if there is one. `count` is at least 1.
INLINE float row_minimum(const float *x, int64_t count) {
    FloatVector smallest = x[0];
    for (int64_t i = 0; i < count; i += LANES) {
        smallest = minimum_vector(smallest, load_some(x + i, count - i, x[0]));
    }
    return minimum_lane(smallest);
}

/// Largest element; NaN if there is one. `count` is at least 1.
INLINE float row_maximum(const float *x, int64_t count) {
    FloatVector largest = x[0];
    for (int64_t i = 0; i < count; i += LANES) {
        largest = maximum_vector(largest, load_some(x + i, count - i, x[0]));
    }
    return maximum_lane(largest);
}

#endif
