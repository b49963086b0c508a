#include "kernel_variants.h"
#include "normalization.h"
#include "row_sums.h"

#include <math.h>

/// Sum of the squared differences to `mean`.
INLINE float squared_deviations(const float *x, int64_t count, float mean) {
    FloatVector sums = 0.0f;
    for (int64_t i = 0; i < count; i += LANES) {
        const FloatVector difference = load_some(x + i, count - i, mean) - mean;
        sums += difference * difference;
    }
    return sum_lanes(sums);
}

INLINE void layer_norm_body(
    const float *input, const float *gamma, const float *beta, float *output, float *mean,
    float *rstd, int64_t rows, int64_t columns, float epsilon) {
    for (int64_t row = 0; row < rows; row++, input += columns, output += columns) {
        const float average = row_sum(input, columns) / (float)columns;
        const float variance = squared_deviations(input, columns, average) / (float)columns;
        const float scale = 1.0f / sqrtf(variance + epsilon);
        mean[row] = average;
        rstd[row] = scale;
        for (int64_t i = 0; i < columns; i += LANES) {
            const int64_t rest = columns - i;
            const FloatVector normal = (load_some(input + i, rest, 0.0f) - average) * scale;
            store_some(
                output + i,
                normal * load_some(gamma + i, rest, 0.0f) + load_some(beta + i, rest, 0.0f), rest);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    layer_norm,
    (const float *input, const float *gamma, const float *beta, float *output, float *mean,
     float *rstd, int64_t rows, int64_t columns, float epsilon),
    (input, gamma, beta, output, mean, rstd, rows, columns, epsilon))

/// One row: `dx = rstd * (g gamma - mean(g gamma) - normal * mean(g gamma normal))`; adds to the
/// sums of the parameters.
INLINE void layer_norm_backward_row(
    const float *input, const float *gamma, float mean, float rstd, const float *output_gradient,
    float *input_gradient, float *gamma_sum, float *beta_sum, int64_t columns) {
    FloatVector sums = 0.0f, products = 0.0f;
    for (int64_t i = 0; i < columns; i += LANES) {
        const int64_t rest = columns - i;
        const FloatVector normal = (load_some(input + i, rest, mean) - mean) * rstd;
        const FloatVector g = load_some(output_gradient + i, rest, 0.0f);
        const FloatVector scaled = rounded_product(g, load_some(gamma + i, rest, 0.0f));
        sums += scaled;
        products += scaled * normal;
        store_some(gamma_sum + i, load_some(gamma_sum + i, rest, 0.0f) + g * normal, rest);
        store_some(beta_sum + i, load_some(beta_sum + i, rest, 0.0f) + g, rest);
    }
    const float average = sum_lanes(sums) / (float)columns;
    const float projection = sum_lanes(products) / (float)columns;
    for (int64_t i = 0; i < columns; i += LANES) {
        const int64_t rest = columns - i;
        const FloatVector normal = (load_some(input + i, rest, mean) - mean) * rstd;
        const FloatVector g = load_some(output_gradient + i, rest, 0.0f);
        const FloatVector scaled = rounded_product(g, load_some(gamma + i, rest, 0.0f));
        store_some(input_gradient + i, rstd * (scaled - average - normal * projection), rest);
    }
}

INLINE void layer_norm_backward_body(
    const float *input, const float *gamma, const float *mean, const float *rstd,
    const float *output_gradient, float *input_gradient, float *gamma_partial, float *beta_partial,
    int64_t rows, int64_t columns) {
    memset(gamma_partial, 0, sizeof(float) * (size_t)columns);
    memset(beta_partial, 0, sizeof(float) * (size_t)columns);
    for (int64_t row = 0; row < rows; row++) {
        layer_norm_backward_row(
            input + row * columns, gamma, mean[row], rstd[row], output_gradient + row * columns,
            input_gradient + row * columns, gamma_partial, beta_partial, columns);
    }
}

TANDEM_DEFINE_KERNEL(
    layer_norm_backward,
    (const float *input, const float *gamma, const float *mean, const float *rstd,
     const float *output_gradient, float *input_gradient, float *gamma_partial, float *beta_partial,
     int64_t rows, int64_t columns),
    (input, gamma, mean, rstd, output_gradient, input_gradient, gamma_partial, beta_partial, rows,
     columns))
