#include "kernel_variants.h"
#include "matmul_tiles.h"
#include "simd.h"

/// Columns whose sums run side by side, to hide the latency of the additions.
#define DOT_COLUMNS 4

/// The products of `columns` (at most DOT_COLUMNS, constant after inlining) rows of `right`.
INLINE void dot_columns(
    const float *left, const float *right, int64_t stride, int64_t depth, const int columns,
    float alpha, float beta, float *output) {
    FloatVector sums[DOT_COLUMNS];
    UNROLL
    for (int c = 0; c < columns; c++) sums[c] = 0.0f;
    int64_t k = 0;
    for (; k + LANES <= depth; k += LANES) {
        const FloatVector x = load_vector(left + k);
        UNROLL
        for (int c = 0; c < columns; c++) sums[c] += x * load_vector(right + c * stride + k);
    }
    if (k < depth) {
        const FloatVector x = load_partial(left + k, depth - k, 0.0f);
        UNROLL
        for (int c = 0; c < columns; c++) {
            sums[c] += x * load_partial(right + c * stride + k, depth - k, 0.0f);
        }
    }
    UNROLL
    for (int c = 0; c < columns; c++) {
        const float sum = alpha * sum_lanes(sums[c]);
        output[c] = beta != 0.0f ? sum + beta * output[c] : sum;
    }
}

INLINE void multiply_row_body(
    const float *left, const float *right, int64_t stride, int64_t depth, int64_t columns,
    float alpha, float beta, float *output) {
    int64_t c = 0;
    for (; c + DOT_COLUMNS <= columns; c += DOT_COLUMNS) {
        dot_columns(left, right + c * stride, stride, depth, DOT_COLUMNS, alpha, beta, output + c);
    }
    for (; c < columns; c++) {
        dot_columns(left, right + c * stride, stride, depth, 1, alpha, beta, output + c);
    }
}

TANDEM_DEFINE_KERNEL(
    multiply_row,
    (const float *left, const float *right, int64_t stride, int64_t depth, int64_t columns,
     float alpha, float beta, float *output),
    (left, right, stride, depth, columns, alpha, beta, output))
