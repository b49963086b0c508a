#include "element_wise.h"
#include "kernel_variants.h"
#include "vector_math.h"

INLINE FloatVector softplus_vector(FloatVector x) {
    return select_vector(x < 0.0f, (FloatVector)0.0f, x)
           + logarithm_of_one_plus(exponential_vector(-absolute_vector(x)));
}

/// 1, -1 or 0; 0 for NaN, as in PyTorch.
INLINE FloatVector sign_vector(FloatVector x) {
    return select_vector((x > 0.0f) | (x < 0.0f), copy_sign(1.0f, x), (FloatVector)0.0f);
}

INLINE FloatVector unary_value(const int32_t operation, FloatVector x) {
    switch (operation) {
    case TANDEM_NEGATE: return -x;
    case TANDEM_EXPONENTIAL: return exponential_vector(x);
    case TANDEM_LOGARITHM: return logarithm_vector(x);
    case TANDEM_SQUARE_ROOT: return __builtin_elementwise_sqrt(x);
    case TANDEM_SQUARE: return x * x;
    case TANDEM_RECIPROCAL: return 1.0f / x;
    case TANDEM_ABSOLUTE: return absolute_vector(x);
    case TANDEM_RELU: return select_vector(x < 0.0f, (FloatVector)0.0f, x);
    case TANDEM_SIGMOID: return sigmoid_vector(x);
    case TANDEM_TANH: return tanh_vector(x);
    case TANDEM_GELU: return gelu_vector(x);
    case TANDEM_SOFTPLUS: return softplus_vector(x);
    case TANDEM_SILU: return x * sigmoid_vector(x);
    case TANDEM_SINE: return sine_vector(x);
    case TANDEM_COSINE: return cosine_vector(x);
    default: return sign_vector(x);
    }
}

/// `Phi(x) + x phi(x)`, the derivative of `x Phi(x)`.
INLINE FloatVector gelu_derivative(FloatVector x) {
    const FloatVector density = 0.398942280f * exponential_vector(-0.5f * (x * x));
    return normal_distribution(x) + x * density;
}

INLINE FloatVector silu_derivative(FloatVector x) {
    const FloatVector s = sigmoid_vector(x);
    return s + x * s * (1.0f - s);
}

/// The derivative times `g`; `x` is the input, `y` the output.
INLINE FloatVector
unary_gradient(const int32_t operation, FloatVector x, FloatVector y, FloatVector g) {
    switch (operation) {
    case TANDEM_NEGATE: return -g;
    case TANDEM_EXPONENTIAL: return g * y;
    case TANDEM_LOGARITHM: return g / x;
    case TANDEM_SQUARE_ROOT: return 0.5f * g / y;
    case TANDEM_SQUARE: return 2.0f * x * g;
    case TANDEM_RECIPROCAL: return -g * y * y;
    case TANDEM_ABSOLUTE: return g * sign_vector(x);
    case TANDEM_RELU: return select_vector(x <= 0.0f, (FloatVector)0.0f, g);
    case TANDEM_SIGMOID: return g * y * (1.0f - y);
    case TANDEM_TANH: return g * (1.0f - y * y);
    case TANDEM_GELU: return g * gelu_derivative(x);
    case TANDEM_SOFTPLUS: return g * sigmoid_vector(x);
    case TANDEM_SILU: return g * silu_derivative(x);
    case TANDEM_SINE: return g * cosine_vector(x);
    case TANDEM_COSINE: return -g * sine_vector(x);
    default: return (FloatVector)0.0f;
    }
}

INLINE void unary_loop(const int32_t operation, const float *input, float *output, int64_t count) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store_vector(output + i, unary_value(operation, load_vector(input + i)));
    }
    if (i < count) {
        const FloatVector x = load_partial(input + i, count - i, 1.0f);
        store_partial(output + i, unary_value(operation, x), count - i);
    }
}

INLINE void unary_backward_loop(
    const int32_t operation, const float *input, const float *output, const float *output_gradient,
    float *input_gradient, int64_t count) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const FloatVector x = load_vector(input + i), y = load_vector(output + i);
        store_vector(
            input_gradient + i, unary_gradient(operation, x, y, load_vector(output_gradient + i)));
    }
    if (i < count) {
        const int64_t rest = count - i;
        const FloatVector x = load_partial(input + i, rest, 1.0f);
        const FloatVector y = load_partial(output + i, rest, 1.0f);
        const FloatVector g = load_partial(output_gradient + i, rest, 1.0f);
        store_partial(input_gradient + i, unary_gradient(operation, x, y, g), rest);
    }
}

/// Calls `loop` with the operation as a compile-time constant.
#define FOR_EACH_OPERATION(loop, ...) \
    switch (operation) { \
    case TANDEM_NEGATE: loop(TANDEM_NEGATE, __VA_ARGS__); break; \
    case TANDEM_EXPONENTIAL: loop(TANDEM_EXPONENTIAL, __VA_ARGS__); break; \
    case TANDEM_LOGARITHM: loop(TANDEM_LOGARITHM, __VA_ARGS__); break; \
    case TANDEM_SQUARE_ROOT: loop(TANDEM_SQUARE_ROOT, __VA_ARGS__); break; \
    case TANDEM_SQUARE: loop(TANDEM_SQUARE, __VA_ARGS__); break; \
    case TANDEM_RECIPROCAL: loop(TANDEM_RECIPROCAL, __VA_ARGS__); break; \
    case TANDEM_ABSOLUTE: loop(TANDEM_ABSOLUTE, __VA_ARGS__); break; \
    case TANDEM_RELU: loop(TANDEM_RELU, __VA_ARGS__); break; \
    case TANDEM_SIGMOID: loop(TANDEM_SIGMOID, __VA_ARGS__); break; \
    case TANDEM_TANH: loop(TANDEM_TANH, __VA_ARGS__); break; \
    case TANDEM_GELU: loop(TANDEM_GELU, __VA_ARGS__); break; \
    case TANDEM_SOFTPLUS: loop(TANDEM_SOFTPLUS, __VA_ARGS__); break; \
    case TANDEM_SILU: loop(TANDEM_SILU, __VA_ARGS__); break; \
    case TANDEM_SINE: loop(TANDEM_SINE, __VA_ARGS__); break; \
    case TANDEM_COSINE: loop(TANDEM_COSINE, __VA_ARGS__); break; \
    case TANDEM_SIGN: loop(TANDEM_SIGN, __VA_ARGS__); break; \
    }

INLINE void unary_body(int32_t operation, const float *input, float *output, int64_t count) {
    FOR_EACH_OPERATION(unary_loop, input, output, count);
}

INLINE void unary_backward_body(
    int32_t operation, const float *input, const float *output, const float *output_gradient,
    float *input_gradient, int64_t count) {
    FOR_EACH_OPERATION(unary_backward_loop, input, output, output_gradient, input_gradient, count);
}

TANDEM_DEFINE_KERNEL(
    unary, (int32_t operation, const float *input, float *output, int64_t count),
    (operation, input, output, count))

TANDEM_DEFINE_KERNEL(
    unary_backward,
    (int32_t operation, const float *input, const float *output, const float *output_gradient,
     float *input_gradient, int64_t count),
    (operation, input, output, output_gradient, input_gradient, count))
