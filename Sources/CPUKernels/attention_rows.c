#include "attention_rows.h"

#include "kernel_variants.h"
#include "sizes.h"
#include "softmax_rows.h"

/// Adds the mask to one row and returns the largest element.
INLINE float add_mask(float *row, const float *mask, int64_t count) {
    FloatVector largest = -INFINITY;
    for (int64_t i = 0; i < count; i += LANES) {
        const int64_t rest = count - i;
        const FloatVector x = load_some(row + i, rest, 0.0f) + load_some(mask + i, rest, -INFINITY);
        store_some(row + i, x, rest);
        largest = maximum_vector(largest, x);
    }
    return maximum_lane(largest);
}

INLINE void attention_softmax_body(
    float *scores, const float *mask, int64_t rows, int64_t columns, int32_t is_causal) {
    for (int64_t row = 0; row < rows; row++, scores += columns) {
        const int64_t visible = is_causal ? minimum(row + 1, columns) : columns;
        const float largest = mask ? add_mask(scores, mask + row * columns, visible)
                                   : row_maximum(scores, visible);
        if (largest == -INFINITY) {
            memset(scores, 0, sizeof(float) * (size_t)columns);
            continue;
        }
        const float sum = exponentials(scores, scores, visible, largest);
        scale_row(scores, visible, 1.0f / sum);
        memset(scores + visible, 0, sizeof(float) * (size_t)(columns - visible));
    }
}

TANDEM_DEFINE_KERNEL(
    attention_softmax,
    (float *scores, const float *mask, int64_t rows, int64_t columns, int32_t is_causal),
    (scores, mask, rows, columns, is_causal))

INLINE void attention_softmax_backward_body(
    const float *probabilities, float *gradients, int64_t rows, int64_t columns, float scale) {
    for (int64_t row = 0; row < rows; row++) {
        float *gradient = gradients + row * columns;
        softmax_backward_row(probabilities + row * columns, gradient, gradient, columns, scale);
    }
}

TANDEM_DEFINE_KERNEL(
    attention_softmax_backward,
    (const float *probabilities, float *gradients, int64_t rows, int64_t columns, float scale),
    (probabilities, gradients, rows, columns, scale))
