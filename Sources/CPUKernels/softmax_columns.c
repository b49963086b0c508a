#include "kernel_variants.h"
#include "normalization.h"
#include "vector_math.h"

#include <stdbool.h>

/// The largest element of each of up to 16 columns.
INLINE FloatVector
largest_of_columns(const float *input, int64_t rows, int64_t stride, int64_t columns) {
    FloatVector largest = load_some(input, columns, 0.0f);
    for (int64_t row = 1; row < rows; row++) {
        largest = maximum_vector(largest, load_some(input + row * stride, columns, 0.0f));
    }
    return largest;
}

INLINE void softmax_columns_body(
    int32_t result, const float *input, float *output, int64_t rows, int64_t stride,
    int64_t columns) {
    if (rows == 0) return;
    const FloatVector largest = largest_of_columns(input, rows, stride, columns);
    const bool keeps = result == TANDEM_SOFTMAX_PROBABILITIES;
    FloatVector sums = 0.0f;
    for (int64_t row = 0; row < rows; row++) {
        const FloatVector x = load_some(input + row * stride, columns, 0.0f);
        const FloatVector e = exponential_vector(x - largest);
        sums += e;
        if (keeps) store_some(output + row * stride, e, columns);
    }
    if (keeps) {
        const FloatVector factor = 1.0f / sums;
        for (int64_t row = 0; row < rows; row++) {
            float *line = output + row * stride;
            store_some(line, load_some(line, columns, 0.0f) * factor, columns);
        }
        return;
    }
    const FloatVector logarithm = logarithm_vector(sums);
    for (int64_t row = 0; row < rows; row++) {
        const FloatVector x = load_some(input + row * stride, columns, 0.0f);
        store_some(output + row * stride, x - largest - logarithm, columns);
    }
}

TANDEM_DEFINE_KERNEL(
    softmax_columns,
    (int32_t result, const float *input, float *output, int64_t rows, int64_t stride,
     int64_t columns),
    (result, input, output, rows, stride, columns))

INLINE void softmax_columns_backward_body(
    int32_t result, const float *output, const float *output_gradient, float *input_gradient,
    int64_t rows, int64_t stride, int64_t columns) {
    const bool is_logarithm = result == TANDEM_SOFTMAX_LOGARITHMS;
    FloatVector sums = 0.0f;
    for (int64_t row = 0; row < rows; row++) {
        const FloatVector g = load_some(output_gradient + row * stride, columns, 0.0f);
        const FloatVector y = load_some(output + row * stride, columns, 0.0f);
        sums += is_logarithm ? g : g * y;
    }
    for (int64_t row = 0; row < rows; row++) {
        const FloatVector g = load_some(output_gradient + row * stride, columns, 0.0f);
        const FloatVector y = load_some(output + row * stride, columns, 0.0f);
        const FloatVector value =
            is_logarithm ? g - exponential_vector(y) * sums : y * (g - sums);
        store_some(input_gradient + row * stride, value, columns);
    }
}

TANDEM_DEFINE_KERNEL(
    softmax_columns_backward,
    (int32_t result, const float *output, const float *output_gradient, float *input_gradient,
     int64_t rows, int64_t stride, int64_t columns),
    (result, output, output_gradient, input_gradient, rows, stride, columns))
