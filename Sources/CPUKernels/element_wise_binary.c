#include "element_wise.h"
#include "kernel_variants.h"
#include "simd.h"
#include "strided_walk.h"

#include <math.h>
#include <stdbool.h>

/// 1 in the lanes of a mask, 0 in the others.
INLINE FloatVector one_where(IntVector mask) {
    return as_float(mask & as_int((FloatVector)1.0f));
}

INLINE FloatVector power_vector(FloatVector a, FloatVector b) {
    float bases[LANES], exponents[LANES];
    store_vector(bases, a);
    store_vector(exponents, b);
    for (int lane = 0; lane < LANES; lane++) bases[lane] = powf(bases[lane], exponents[lane]);
    return load_vector(bases);
}

INLINE FloatVector binary_value(const int32_t operation, FloatVector a, FloatVector b) {
    switch (operation) {
    case TANDEM_ADD: return a + b;
    case TANDEM_SUBTRACT: return a - b;
    case TANDEM_MULTIPLY: return a * b;
    case TANDEM_DIVIDE: return a / b;
    case TANDEM_MAXIMUM: return maximum_vector(a, b);
    case TANDEM_MINIMUM: return minimum_vector(a, b);
    case TANDEM_POWER: return power_vector(a, b);
    case TANDEM_EQUAL: return one_where(a == b);
    case TANDEM_NOT_EQUAL: return one_where(a != b);
    case TANDEM_LESS: return one_where(a < b);
    case TANDEM_LESS_OR_EQUAL: return one_where(a <= b);
    case TANDEM_GREATER: return one_where(a > b);
    default: return one_where(a >= b);
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

/// Rows of operands whose strides along the row are compile-time constants, or unknown.
INLINE void binary_rows(
    const int32_t operation, const int64_t left_stride, const int64_t right_stride,
    const float *left, const float *right, float *output, const tandem_strided_shape *shape,
    tandem_strided_part part) {
    const int64_t length = walk_columns(shape);
    StridedWalk walk = walk_from(shape, 2, part.first_row, part.first_column);
    output += part.first_row * length + part.first_column;
    for (int64_t row = 0; row < part.rows; row++, output += length) {
        const float *a = left + walk.starts[0], *b = right + walk.starts[1];
        int64_t i = 0;
        for (; i + LANES <= part.columns; i += LANES) {
            const FloatVector x = load_strided(a, left_stride, i, LANES);
            const FloatVector y = load_strided(b, right_stride, i, LANES);
            store_vector(output + i, binary_value(operation, x, y));
        }
        if (i < part.columns) {
            const int64_t rest = part.columns - i;
            const FloatVector x = load_strided(a, left_stride, i, rest);
            const FloatVector y = load_strided(b, right_stride, i, rest);
            store_partial(output + i, binary_value(operation, x, y), rest);
        }
        walk_on(&walk, shape, 2);
    }
}

INLINE void strided_loop(
    const int32_t operation, const float *left, const float *right, float *output,
    const tandem_strided_shape *shape, tandem_strided_part part) {
    const int64_t l = walk_stride(shape, 0), r = walk_stride(shape, 1);
    if (l == 1 && r == 1) {
        binary_rows(operation, 1, 1, left, right, output, shape, part);
    } else if (l == 1 && r == 0) {
        binary_rows(operation, 1, 0, left, right, output, shape, part);
    } else if (l == 0 && r == 1) {
        binary_rows(operation, 0, 1, left, right, output, shape, part);
    } else {
        binary_rows(operation, l, r, left, right, output, shape, part);
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
    case TANDEM_MINIMUM: loop(TANDEM_MINIMUM, __VA_ARGS__); break; \
    case TANDEM_POWER: loop(TANDEM_POWER, __VA_ARGS__); break; \
    case TANDEM_EQUAL: loop(TANDEM_EQUAL, __VA_ARGS__); break; \
    case TANDEM_NOT_EQUAL: loop(TANDEM_NOT_EQUAL, __VA_ARGS__); break; \
    case TANDEM_LESS: loop(TANDEM_LESS, __VA_ARGS__); break; \
    case TANDEM_LESS_OR_EQUAL: loop(TANDEM_LESS_OR_EQUAL, __VA_ARGS__); break; \
    case TANDEM_GREATER: loop(TANDEM_GREATER, __VA_ARGS__); break; \
    case TANDEM_GREATER_OR_EQUAL: loop(TANDEM_GREATER_OR_EQUAL, __VA_ARGS__); break; \
    }

INLINE void binary_body(
    int32_t operation, const float *left, const float *right, float *output, int64_t count) {
    FOR_EACH_OPERATION(binary_loop, left, right, output, count);
}

INLINE void binary_strided_body(
    int32_t operation, const float *left, const float *right, float *output,
    const tandem_strided_shape *shape, tandem_strided_part part) {
    FOR_EACH_OPERATION(strided_loop, left, right, output, shape, part);
}

TANDEM_DEFINE_KERNEL(
    binary,
    (int32_t operation, const float *left, const float *right, float *output, int64_t count),
    (operation, left, right, output, count))

TANDEM_DEFINE_KERNEL(
    binary_strided,
    (int32_t operation, const float *left, const float *right, float *output,
     const tandem_strided_shape *shape, tandem_strided_part part),
    (operation, left, right, output, shape, part))

INLINE void select_strided_body(
    const float *condition, const float *if_true, const float *if_false, float *output,
    const tandem_strided_shape *shape, tandem_strided_part part) {
    const int64_t length = walk_columns(shape);
    const int64_t c_stride = walk_stride(shape, 0), t_stride = walk_stride(shape, 1),
                  f_stride = walk_stride(shape, 2);
    StridedWalk walk = walk_from(shape, 3, part.first_row, part.first_column);
    output += part.first_row * length + part.first_column;
    for (int64_t row = 0; row < part.rows; row++, output += length) {
        for (int64_t i = 0; i < part.columns; i += LANES) {
            const int64_t rest = part.columns - i;
            const FloatVector c = load_strided(condition + walk.starts[0], c_stride, i, rest);
            const FloatVector yes = load_strided(if_true + walk.starts[1], t_stride, i, rest);
            const FloatVector no = load_strided(if_false + walk.starts[2], f_stride, i, rest);
            store_some(output + i, select_vector(c != 0.0f, yes, no), rest);
        }
        walk_on(&walk, shape, 3);
    }
}

TANDEM_DEFINE_KERNEL(
    select_strided,
    (const float *condition, const float *if_true, const float *if_false, float *output,
     const tandem_strided_shape *shape, tandem_strided_part part),
    (condition, if_true, if_false, output, shape, part))

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
