/// The last step of a product: from a sum of products to an element of the result.
#ifndef TANDEM_MATMUL_RESULT_H
#define TANDEM_MATMUL_RESULT_H

#include "simd.h"

#include <stdbool.h>

/// How sums become results: `alpha * sum + beta * old + bias`, negative ones set to 0 with
/// `rectifies`.
struct matmul_result {
    float alpha, beta;
    const float *bias; // of the first column; NULL for none
    bool rectifies;
};

/// Stores the first `length` of 16 results; `bias` belongs to the same columns and is 0 without one.
INLINE void store_result(
    const struct matmul_result *result, FloatVector sum, FloatVector bias, float *output,
    int64_t length) {
    if (result->alpha != 1.0f) sum *= result->alpha;
    if (result->beta != 0.0f) sum += result->beta * load_some(output, length, 0.0f);
    if (result->bias) sum += bias;
    if (result->rectifies) sum = select_vector(sum < 0.0f, (FloatVector)0.0f, sum);
    store_some(output, sum, length);
}

/// The bias of the columns from `column` on.
INLINE FloatVector
result_bias(const struct matmul_result *result, int64_t column, int64_t length) {
    return result->bias ? load_some(result->bias + column, length, 0.0f) : (FloatVector)0.0f;
}

#endif
