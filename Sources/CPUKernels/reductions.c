#include "reductions.h"

#include "kernel_variants.h"
#include "row_sums.h"
#include "sizes.h"

#include <math.h>
#include <stdbool.h>

INLINE int64_t block_length(int64_t count, int64_t block) {
    const int64_t rest = count - block * TANDEM_SUM_BLOCK;
    return rest < TANDEM_SUM_BLOCK ? rest : TANDEM_SUM_BLOCK;
}

INLINE void reduce_blocks_body(
    int32_t operation, const float *input, int64_t count, int64_t first, int64_t blocks,
    double *partials) {
    for (int64_t i = 0; i < blocks; i++) {
        const float *block = input + (first + i) * TANDEM_SUM_BLOCK;
        const int64_t length = block_length(count, first + i);
        switch (operation) {
        case TANDEM_REDUCE_SUM: partials[i] = row_sum(block, length); break;
        case TANDEM_REDUCE_MAXIMUM: partials[i] = row_maximum(block, length); break;
        default: partials[i] = row_minimum(block, length);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    reduce_blocks,
    (int32_t operation, const float *input, int64_t count, int64_t first, int64_t blocks,
     double *partials),
    (operation, input, count, first, blocks, partials))

INLINE void square_blocks_body(
    const float *input, int64_t count, int64_t first, int64_t blocks, double *partials) {
    for (int64_t i = 0; i < blocks; i++) {
        partials[i] =
            row_square_sum(input + (first + i) * TANDEM_SUM_BLOCK, block_length(count, first + i));
    }
}

TANDEM_DEFINE_KERNEL(
    square_blocks,
    (const float *input, int64_t count, int64_t first, int64_t blocks, double *partials),
    (input, count, first, blocks, partials))

INLINE double combined(int32_t operation, double a, double b) {
    if (operation == TANDEM_REDUCE_SUM) return a + b;
    const bool replaces = operation == TANDEM_REDUCE_MAXIMUM ? b > a : b < a;
    return replaces || isnan(b) ? b : a;
}

double tandem_combine_blocks(int32_t operation, const double *partials, int64_t blocks) {
    double total = blocks > 0 ? partials[0] : 0.0;
    for (int64_t i = 1; i < blocks; i++) total = combined(operation, total, partials[i]);
    return total;
}

INLINE void reduce_rows_body(
    int32_t operation, const float *input, int64_t rows, int64_t columns, float *output,
    float scale, int32_t accumulate) {
    const int64_t blocks = group_count(columns, TANDEM_SUM_BLOCK);
    for (int64_t row = 0; row < rows; row++, input += columns) {
        double total = 0.0;
        for (int64_t block = 0; block < blocks; block++) {
            double part;
            reduce_blocks_body(operation, input, columns, block, 1, &part);
            total = block == 0 ? part : combined(operation, total, part);
        }
        const float result = scale * (float)total;
        output[row] = accumulate ? output[row] + result : result;
    }
}

TANDEM_DEFINE_KERNEL(
    reduce_rows,
    (int32_t operation, const float *input, int64_t rows, int64_t columns, float *output,
     float scale, int32_t accumulate),
    (operation, input, rows, columns, output, scale, accumulate))

#define COLUMN_VECTORS 4

/// Reduces `vectors * 16` neighbouring columns, the last vector of which holds `valid` elements.
INLINE void reduce_strip(
    int32_t operation, const float *input, int64_t stride, int64_t rows, int64_t valid,
    const int vectors, float *output, float scale, int32_t accumulate) {
    FloatVector totals[COLUMN_VECTORS];
    UNROLL
    for (int v = 0; v < vectors; v++) totals[v] = 0.0f;
    for (int64_t row = 0; row < rows; row++, input += stride) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const FloatVector value =
                load_some(input + v * LANES, v + 1 < vectors ? LANES : valid, 0.0f);
            if (operation == TANDEM_REDUCE_SUM) {
                totals[v] += value;
            } else if (row == 0) {
                totals[v] = value;
            } else {
                totals[v] = operation == TANDEM_REDUCE_MAXIMUM ? maximum_vector(totals[v], value)
                                                               : minimum_vector(totals[v], value);
            }
        }
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const int64_t count = v + 1 < vectors ? LANES : valid;
        FloatVector result = scale * totals[v];
        if (accumulate) result += load_some(output + v * LANES, count, 0.0f);
        store_some(output + v * LANES, result, count);
    }
}

INLINE void reduce_columns_body(
    int32_t operation, const float *input, int64_t stride, int64_t rows, int64_t columns,
    float *output, float scale, int32_t accumulate) {
    int64_t column = 0;
    for (; column + COLUMN_VECTORS * LANES <= columns; column += COLUMN_VECTORS * LANES) {
        reduce_strip(
            operation, input + column, stride, rows, LANES, COLUMN_VECTORS, output + column, scale,
            accumulate);
    }
    for (; column < columns; column += LANES) {
        reduce_strip(
            operation, input + column, stride, rows, columns - column, 1, output + column, scale,
            accumulate);
    }
}

TANDEM_DEFINE_KERNEL(
    reduce_columns,
    (int32_t operation, const float *input, int64_t stride, int64_t rows, int64_t columns,
     float *output, float scale, int32_t accumulate),
    (operation, input, stride, rows, columns, output, scale, accumulate))

/// The index of the first extreme of one contiguous row.
INLINE int32_t argument_of_row(const int32_t extreme, const float *row, int64_t count) {
    const float wanted =
        extreme == TANDEM_EXTREME_MAXIMUM ? row_maximum(row, count) : row_minimum(row, count);
    int64_t i = 0;
    if (isnan(wanted)) {
        while (!isnan(row[i])) i++;
        return (int32_t)i;
    }
    for (; i + LANES <= count; i += LANES) {
        if (__builtin_reduce_or(load_vector(row + i) == wanted)) break;
    }
    while (row[i] != wanted) i++;
    return (int32_t)i;
}

/// The indices of the first extremes of 16 neighbouring columns, of which `valid` exist.
INLINE void argument_of_strip(
    const int32_t extreme, const float *input, int64_t stride, int64_t rows, int64_t valid,
    int32_t *output) {
    FloatVector best = load_some(input, valid, 0.0f);
    IntVector index = 0;
    for (int64_t row = 1; row < rows; row++) {
        const FloatVector value = load_some(input + row * stride, valid, 0.0f);
        const IntVector beyond = extreme == TANDEM_EXTREME_MAXIMUM ? value > best : value < best;
        const IntVector taken = beyond | ((value != value) & (best == best));
        best = select_vector(taken, value, best);
        index = ((int32_t)row & taken) | (index & ~taken);
    }
    store_some((float *)output, as_float(index), valid);
}

INLINE void argument_columns_body(
    int32_t extreme, const float *input, int64_t rows, int64_t columns, int32_t *output) {
    if (columns == 1) {
        *output = argument_of_row(extreme, input, rows);
        return;
    }
    for (int64_t column = 0; column < columns; column += LANES) {
        argument_of_strip(
            extreme, input + column, columns, rows, columns - column, output + column);
    }
}

TANDEM_DEFINE_KERNEL(
    argument_columns,
    (int32_t extreme, const float *input, int64_t rows, int64_t columns, int32_t *output),
    (extreme, input, rows, columns, output))
