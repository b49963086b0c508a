#include "kernel_variants.h"
#include "normalization.h"
#include "row_sums.h"

#include <math.h>

INLINE void l2_normalize_body(
    const float *input, float *output, float *norms, int64_t rows, int64_t columns, float epsilon) {
    for (int64_t row = 0; row < rows; row++, input += columns, output += columns) {
        const float norm = sqrtf(row_square_sum(input, columns));
        norms[row] = norm < epsilon ? epsilon : norm;
        const FloatVector divisor = norms[row];
        for (int64_t i = 0; i < columns; i += LANES) {
            store_some(output + i, load_some(input + i, columns - i, 0.0f) / divisor, columns - i);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    l2_normalize,
    (const float *input, float *output, float *norms, int64_t rows, int64_t columns, float epsilon),
    (input, output, norms, rows, columns, epsilon))

INLINE void l2_normalize_backward_body(
    const float *output, const float *norms, const float *output_gradient, float *input_gradient,
    int64_t rows, int64_t columns, float epsilon) {
    for (int64_t row = 0; row < rows; row++) {
        const float *y = output + row * columns, *g = output_gradient + row * columns;
        float *result = input_gradient + row * columns;
        // At the clamp the norm is a constant: its derivative drops out.
        const float dot = norms[row] <= epsilon ? 0.0f : row_dot(g, y, columns);
        const FloatVector divisor = norms[row];
        for (int64_t i = 0; i < columns; i += LANES) {
            const FloatVector value =
                load_some(g + i, columns - i, 0.0f) - dot * load_some(y + i, columns - i, 0.0f);
            store_some(result + i, value / divisor, columns - i);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    l2_normalize_backward,
    (const float *output, const float *norms, const float *output_gradient, float *input_gradient,
     int64_t rows, int64_t columns, float epsilon),
    (output, norms, output_gradient, input_gradient, rows, columns, epsilon))
