#ifndef TANDEM_ELEMENT_WISE_H
#define TANDEM_ELEMENT_WISE_H

#include <stdint.h>

// Every function works on a run of elements (or rows): a caller that shares the work out passes
// pointers to its own part. Each element is computed in the same way wherever the parts begin, so
// the results do not depend on the cut. All may run in place.

/// Functions of one element. Values are shared with Swift.
typedef enum {
    TANDEM_NEGATE = 0,
    TANDEM_EXPONENTIAL = 1,
    TANDEM_LOGARITHM = 2,
    TANDEM_SQUARE_ROOT = 3,
    TANDEM_SQUARE = 4,
    TANDEM_RECIPROCAL = 5,
    TANDEM_ABSOLUTE = 6,
    TANDEM_RELU = 7,
    TANDEM_SIGMOID = 8,
    TANDEM_TANH = 9,
    TANDEM_GELU = 10,
    TANDEM_SOFTPLUS = 11,
    TANDEM_SILU = 12,
    TANDEM_SINE = 13,
    TANDEM_COSINE = 14,
    TANDEM_SIGN = 15,
} tandem_unary_operation;

/// Functions of two elements. Values are shared with Swift.
typedef enum {
    TANDEM_ADD = 0,
    TANDEM_SUBTRACT = 1,
    TANDEM_MULTIPLY = 2,
    TANDEM_DIVIDE = 3,
    TANDEM_MAXIMUM = 4,
    TANDEM_MINIMUM = 5,
    TANDEM_POWER = 6,
    TANDEM_EQUAL = 7,
    TANDEM_NOT_EQUAL = 8,
    TANDEM_LESS = 9,
    TANDEM_LESS_OR_EQUAL = 10,
    TANDEM_GREATER = 11,
    TANDEM_GREATER_OR_EQUAL = 12,
} tandem_binary_operation;

/// `output[i] = operation(input[i])`.
void tandem_unary(int32_t operation, const float *input, float *output, int64_t count);

/// `input_gradient[i] = output_gradient[i] * operation'(input[i])`; `output` is that of the forward
/// call.
void tandem_unary_backward(
    int32_t operation, const float *input, const float *output, const float *output_gradient,
    float *input_gradient, int64_t count);

/// `output[i] = operation(left[i], right[i])`.
void tandem_binary(
    int32_t operation, const float *left, const float *right, float *output, int64_t count);

/// `output[i] = scale * input[i] + offset`.
void tandem_affine(const float *input, float *output, float scale, float offset, int64_t count);

/// `y[i] += alpha * x[i]`.
void tandem_axpy(float alpha, const float *x, float *y, int64_t count);

/// `output[i] = value`.
void tandem_fill(float *output, float value, int64_t count);

#endif
