#include "kernel_variants.h"
#include "normalization.h"
#include "softmax_rows.h"

#include <stdbool.h>

/// `output = x - largest - log(sum)`.
INLINE void logarithms(
    const float *x, float *output, int64_t count, float largest, float logarithm) {
    for (int64_t i = 0; i < count; i += LANES) {
        const FloatVector value = load_some(x + i, count - i, 0.0f) - largest - logarithm;
        store_some(output + i, value, count - i);
    }
}

INLINE void softmax_body(
    int32_t result, const float *input, float *output, int64_t rows, int64_t columns) {
    if (columns == 0) return;
    for (int64_t row = 0; row < rows; row++, input += columns, output += columns) {
        const float largest = row_maximum(input, columns);
        if (result == TANDEM_SOFTMAX_PROBABILITIES) {
            scale_row(output, columns, 1.0f / exponentials(input, output, columns, largest));
        } else {
            const float sum = exponentials(input, NULL, columns, largest);
            logarithms(input, output, columns, largest, logf(sum));
        }
    }
}

TANDEM_DEFINE_KERNEL(
    softmax, (int32_t result, const float *input, float *output, int64_t rows, int64_t columns),
    (result, input, output, rows, columns))

/// `g - e^y * sum(g)`.
INLINE void logarithms_backward_row(
    const float *y, const float *g, float *result, int64_t count) {
    const float sum = row_sum(g, count);
    for (int64_t i = 0; i < count; i += LANES) {
        const FloatVector probability = exponential_vector(load_some(y + i, count - i, 0.0f));
        store_some(result + i, load_some(g + i, count - i, 0.0f) - probability * sum, count - i);
    }
}

INLINE void softmax_backward_body(
    int32_t result, const float *output, const float *output_gradient, float *input_gradient,
    int64_t rows, int64_t columns) {
    for (int64_t row = 0; row < rows; row++) {
        const float *y = output + row * columns, *g = output_gradient + row * columns;
        if (result == TANDEM_SOFTMAX_PROBABILITIES) {
            softmax_backward_row(y, g, input_gradient + row * columns, columns, 1.0f);
        } else {
            logarithms_backward_row(y, g, input_gradient + row * columns, columns);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    softmax_backward,
    (int32_t result, const float *output, const float *output_gradient, float *input_gradient,
     int64_t rows, int64_t columns),
    (result, output, output_gradient, input_gradient, rows, columns))

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
