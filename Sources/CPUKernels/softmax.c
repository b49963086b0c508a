#include "kernel_variants.h"
#include "normalization.h"
#include "row_sums.h"
#include "vector_math.h"

#include <stdbool.h>

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

INLINE void softmax_body(const float *input, float *output, int64_t rows, int64_t columns) {
    if (columns == 0) return;
    for (int64_t row = 0; row < rows; row++, input += columns, output += columns) {
        const float sum = exponentials(input, output, columns, row_maximum(input, columns));
        scale_row(output, columns, 1.0f / sum);
    }
}

TANDEM_DEFINE_KERNEL(
    softmax, (const float *input, float *output, int64_t rows, int64_t columns),
    (input, output, rows, columns))

INLINE void softmax_backward_body(
    const float *output, const float *output_gradient, float *input_gradient, int64_t rows,
    int64_t columns) {
    for (int64_t row = 0; row < rows; row++) {
        const float *y = output + row * columns, *g = output_gradient + row * columns;
        float *result = input_gradient + row * columns;
        const float dot = row_dot(g, y, columns);
        for (int64_t i = 0; i < columns; i += LANES) {
            const FloatVector value =
                load_some(y + i, columns - i, 0.0f) * (load_some(g + i, columns - i, 0.0f) - dot);
            store_some(result + i, value, columns - i);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    softmax_backward,
    (const float *output, const float *output_gradient, float *input_gradient, int64_t rows,
     int64_t columns),
    (output, output_gradient, input_gradient, rows, columns))

INLINE void softmax_cross_entropy_body(
    const float *logits, const int32_t *targets, float *losses, float *gradient, int64_t rows,
    int64_t columns, int32_t ignore_index) {
    for (int64_t row = 0; row < rows; row++, logits += columns) {
        float *result = gradient ? gradient + row * columns : NULL;
        if (targets[row] == ignore_index) {
            losses[row] = 0.0f;
            if (result) memset(result, 0, sizeof(float) * (size_t)columns);
            continue;
        }
        const bool is_class = targets[row] >= 0 && targets[row] < columns;
        const float largest = row_maximum(logits, columns);
        const float chosen = is_class ? logits[targets[row]] : NAN;
        const float sum = exponentials(logits, result, columns, largest);
        losses[row] = logf(sum) - (chosen - largest);
        if (!result) continue;
        scale_row(result, columns, 1.0f / sum);
        if (is_class) result[targets[row]] -= 1.0f;
    }
}

TANDEM_DEFINE_KERNEL(
    softmax_cross_entropy,
    (const float *logits, const int32_t *targets, float *losses, float *gradient, int64_t rows,
     int64_t columns, int32_t ignore_index),
    (logits, targets, losses, gradient, rows, columns, ignore_index))
