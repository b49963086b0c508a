#include "kernel_variants.h"
#include "matmul_blocks.h"
#include "vector_math.h"

INLINE FloatVector activated(FloatVector x, int32_t activation) {
    switch (activation) {
    case TANDEM_ACTIVATION_RELU: return select_vector(x < 0.0f, (FloatVector)0.0f, x);
    case TANDEM_ACTIVATION_SIGMOID: return sigmoid_vector(x);
    case TANDEM_ACTIVATION_TANH: return tanh_vector(x);
    case TANDEM_ACTIVATION_GELU: return gelu_vector(x);
    default: return x;
    }
}

INLINE void finish_row_body(float *row, const float *bias, int64_t columns, int32_t activation) {
    for (int64_t column = 0; column < columns; column += LANES) {
        const int64_t rest = columns - column;
        FloatVector value = load_some(row + column, rest, 0.0f);
        if (bias) value += load_some(bias + column, rest, 0.0f);
        store_some(row + column, activated(value, activation), rest);
    }
}

TANDEM_DEFINE_KERNEL(
    finish_row, (float *row, const float *bias, int64_t columns, int32_t activation),
    (row, bias, columns, activation))
