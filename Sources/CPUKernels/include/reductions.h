#ifndef TANDEM_REDUCTIONS_H
#define TANDEM_REDUCTIONS_H

#include <stdint.h>

// Sums run in an order that depends on the sizes alone: an array is cut into blocks of
// TANDEM_SUM_BLOCK elements; a block is summed in 16 lanes, which are then added by halves; block
// sums are added in ascending order in double precision.

/// Elements per block of a sum.
#define TANDEM_SUM_BLOCK 4096

/// Rows per block of a sum along columns.
#define TANDEM_ROW_BLOCK 256

/// What a reduction computes. Values are shared with Swift.
typedef enum {
    TANDEM_REDUCE_SUM = 0,
    TANDEM_REDUCE_MAXIMUM = 1,
    TANDEM_REDUCE_MINIMUM = 2,
} tandem_reduction_operation;

/// Which end of the number line is looked for. Values are shared with Swift.
typedef enum {
    TANDEM_EXTREME_MAXIMUM = 0,
    TANDEM_EXTREME_MINIMUM = 1,
} tandem_extreme;

/// Reduces the blocks `first..<first + blocks` of `input [count]`: one value each into `partials`.
void tandem_reduce_blocks(
    int32_t operation, const float *input, int64_t count, int64_t first, int64_t blocks,
    double *partials);

/// Sums of squares of the blocks `first..<first + blocks` of `input [count]`: one value each into
/// `partials`.
void tandem_square_blocks(
    const float *input, int64_t count, int64_t first, int64_t blocks, double *partials);

/// Combines the results of all blocks in ascending order; an empty sum is 0.
double tandem_combine_blocks(int32_t operation, const double *partials, int64_t blocks);

/// `output[r] = scale * reduction(input[r, :])`, added to the output with `accumulate`; input
/// `[rows, columns]`.
void tandem_reduce_rows(
    int32_t operation, const float *input, int64_t rows, int64_t columns, float *output,
    float scale, int32_t accumulate);

/// `output[c] = scale * reduction(input[:, c])`, added to the output with `accumulate`, for
/// `columns` columns of a matrix whose rows are `stride` elements apart. The rows are taken one
/// after the other; longer sums are cut into blocks of TANDEM_ROW_BLOCK rows by the caller.
void tandem_reduce_columns(
    int32_t operation, const float *input, int64_t stride, int64_t rows, int64_t columns,
    float *output, float scale, int32_t accumulate);

/// `output[c]` = index of the first extreme of `input[:, c]`, or of its first NaN; input `[rows,
/// columns]` with at least one row.
void tandem_argument_columns(
    int32_t extreme, const float *input, int64_t rows, int64_t columns, int32_t *output);

#endif
