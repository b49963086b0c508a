#include "kernel_variants.h"
#include "normalization.h"
#include "row_sums.h"

#include <math.h>

INLINE void rms_norm_body(
    const float *input, const float *gamma, float *output, float *rrms, int64_t rows,
    int64_t columns, float epsilon) {
    for (int64_t row = 0; row < rows; row++, input += columns, output += columns) {
        const float square = row_square_sum(input, columns) / (float)columns;
        const float scale = 1.0f / sqrtf(square + epsilon);
        rrms[row] = scale;
        for (int64_t i = 0; i < columns; i += LANES) {
            const int64_t rest = columns - i;
            const FloatVector normal = load_some(input + i, rest, 0.0f) * scale;
            store_some(output + i, normal * load_some(gamma + i, rest, 0.0f), rest);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    rms_norm,
    (const float *input, const float *gamma, float *output, float *rrms, int64_t rows,
     int64_t columns, float epsilon),
    (input, gamma, output, rrms, rows, columns, epsilon))

/// One row: `dx = rrms * (g gamma - normal * mean(g gamma normal))`; adds to the sum of gamma.
INLINE void rms_norm_backward_row(
    const float *input, const float *gamma, float rrms, const float *output_gradient,
    float *input_gradient, float *gamma_sum, int64_t columns) {
    FloatVector products = 0.0f;
    for (int64_t i = 0; i < columns; i += LANES) {
        const int64_t rest = columns - i;
        const FloatVector normal = load_some(input + i, rest, 0.0f) * rrms;
        const FloatVector g = load_some(output_gradient + i, rest, 0.0f);
        products += g * load_some(gamma + i, rest, 0.0f) * normal;
        store_some(gamma_sum + i, load_some(gamma_sum + i, rest, 0.0f) + g * normal, rest);
    }
    const float projection = sum_lanes(products) / (float)columns;
    for (int64_t i = 0; i < columns; i += LANES) {
        const int64_t rest = columns - i;
        const FloatVector normal = load_some(input + i, rest, 0.0f) * rrms;
        const FloatVector scaled =
            load_some(output_gradient + i, rest, 0.0f) * load_some(gamma + i, rest, 0.0f);
        store_some(input_gradient + i, rrms * (scaled - normal * projection), rest);
    }
}

INLINE void rms_norm_backward_body(
    const float *input, const float *gamma, const float *rrms, const float *output_gradient,
    float *input_gradient, float *gamma_partial, int64_t rows, int64_t columns) {
    memset(gamma_partial, 0, sizeof(float) * (size_t)columns);
    for (int64_t row = 0; row < rows; row++) {
        rms_norm_backward_row(
            input + row * columns, gamma, rrms[row], output_gradient + row * columns,
            input_gradient + row * columns, gamma_partial, columns);
    }
}

TANDEM_DEFINE_KERNEL(
    rms_norm_backward,
    (const float *input, const float *gamma, const float *rrms, const float *output_gradient,
     float *input_gradient, float *gamma_partial, int64_t rows, int64_t columns),
    (input, gamma, rrms, output_gradient, input_gradient, gamma_partial, rows, columns))
