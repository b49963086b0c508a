#include "element_wise.h"
#include "kernel_variants.h"
#include "simd.h"

#include <stdbool.h>

INLINE FloatVector binary_value(const int32_t operation, FloatVector a, FloatVector b) {
    switch (operation) {
    case TANDEM_ADD: return a + b;
    case TANDEM_SUBTRACT: return a - b;
    case TANDEM_MULTIPLY: return a * b;
    case TANDEM_DIVIDE: return a / b;
    default: return maximum_vector(a, b);
    }
}

INLINE void binary_loop(
    const int32_t operation, const float *left, const float *right, float *output, int64_t count) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store_vector(
            output + i, binary_value(operation, load_vector(left + i), load_vector(right + i)));
    }
    if (i < count) {
        const FloatVector a = load_partial(left + i, count - i, 1.0f);
        const FloatVector b = load_partial(right + i, count - i, 1.0f);
        store_partial(output + i, binary_value(operation, a, b), count - i);
    }
}

INLINE void per_column_loop(
    const int32_t operation, const float *matrix, const float *vector, float *output, int64_t rows,
    int64_t columns) {
    for (int64_t row = 0; row < rows; row++, matrix += columns, output += columns) {
        binary_loop(operation, matrix, vector, output, columns);
    }
}

INLINE void per_row_loop(
    const int32_t operation, const float *matrix, const float *vector, float *output, int64_t rows,
    int64_t columns) {
    for (int64_t row = 0; row < rows; row++, matrix += columns, output += columns) {
        const FloatVector b = vector[row];
        int64_t i = 0;
        for (; i + LANES <= columns; i += LANES) {
            store_vector(output + i, binary_value(operation, load_vector(matrix + i), b));
        }
        if (i < columns) {
            const FloatVector a = load_partial(matrix + i, columns - i, 1.0f);
            store_partial(output + i, binary_value(operation, a, b), columns - i);
        }
    }
}

/// Calls `loop` with the operation as a compile-time constant.
#define FOR_EACH_OPERATION(loop, ...) \
    switch (operation) { \
    case TANDEM_ADD: loop(TANDEM_ADD, __VA_ARGS__); break; \
    case TANDEM_SUBTRACT: loop(TANDEM_SUBTRACT, __VA_ARGS__); break; \
    case TANDEM_MULTIPLY: loop(TANDEM_MULTIPLY, __VA_ARGS__); break; \
    case TANDEM_DIVIDE: loop(TANDEM_DIVIDE, __VA_ARGS__); break; \
    case TANDEM_MAXIMUM: loop(TANDEM_MAXIMUM, __VA_ARGS__); break; \
    }

INLINE void binary_body(
    int32_t operation, const float *left, const float *right, float *output, int64_t count) {
    FOR_EACH_OPERATION(binary_loop, left, right, output, count);
}

INLINE void binary_per_column_body(
    int32_t operation, const float *matrix, const float *vector, float *output, int64_t rows,
    int64_t columns) {
    FOR_EACH_OPERATION(per_column_loop, matrix, vector, output, rows, columns);
}

INLINE void binary_per_row_body(
    int32_t operation, const float *matrix, const float *vector, float *output, int64_t rows,
    int64_t columns) {
    FOR_EACH_OPERATION(per_row_loop, matrix, vector, output, rows, columns);
}

TANDEM_DEFINE_KERNEL(
    binary,
    (int32_t operation, const float *left, const float *right, float *output, int64_t count),
    (operation, left, right, output, count))

TANDEM_DEFINE_KERNEL(
    binary_per_column,
    (int32_t operation, const float *matrix, const float *vector, float *output, int64_t rows,
     int64_t columns),
    (operation, matrix, vector, output, rows, columns))

TANDEM_DEFINE_KERNEL(
    binary_per_row,
    (int32_t operation, const float *matrix, const float *vector, float *output, int64_t rows,
     int64_t columns),
    (operation, matrix, vector, output, rows, columns))

/// Written with vectors, because the compiler's own ones are not taken in place.
INLINE void affine_body(
    const float *input, float *output, float scale, float offset, int64_t count) {
    // Adding 0 would turn -0 into 0; without an offset the kernel also serves as a copy.
    const bool adds = offset != 0.0f;
    for (int64_t i = 0; i < count; i += LANES) {
        FloatVector x = scale * load_some(input + i, count - i, 0.0f);
        if (adds) x += offset;
        store_some(output + i, x, count - i);
    }
}

TANDEM_DEFINE_KERNEL(
    affine, (const float *input, float *output, float scale, float offset, int64_t count),
    (input, output, scale, offset, count))

INLINE void axpy_body(float alpha, const float *x, float *y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] += alpha * x[i];
}

TANDEM_DEFINE_KERNEL(
    axpy, (float alpha, const float *x, float *y, int64_t count), (alpha, x, y, count))

INLINE void fill_body(float *output, float value, int64_t count) {
    for (int64_t i = 0; i < count; i++) output[i] = value;
}

TANDEM_DEFINE_KERNEL(fill, (float *output, float value, int64_t count), (output, value, count))
