#ifndef TANDEM_STRIDED_H
#define TANDEM_STRIDED_H

#include <stdint.h>

/// Room for axes.
#define TANDEM_STRIDED_AXES 8

/// Most operands.
#define TANDEM_STRIDED_OPERANDS 3

/// The axes of a contiguous result and the strides of the operands laid over it, outermost first. A
/// row is a run over the last axis.
typedef struct {
    int32_t rank;
    int64_t sizes[TANDEM_STRIDED_AXES];
    int64_t strides[TANDEM_STRIDED_OPERANDS][TANDEM_STRIDED_AXES];
} tandem_strided_shape;

/// A part of a result: some of its rows, and of these some columns.
typedef struct {
    int64_t first_row, rows, first_column, columns;
} tandem_strided_part;

/// `output = operation(left, right)` for one part of the result. Pointers are those of the whole
/// arrays. The output may be an operand of the same layout.
void tandem_binary_strided(
    int32_t operation, const float *left, const float *right, float *output,
    const tandem_strided_shape *shape, tandem_strided_part part);

/// `output = condition != 0 ? if_true : if_false` for one part of the result; as above.
void tandem_select_strided(
    const float *condition, const float *if_true, const float *if_false, float *output,
    const tandem_strided_shape *shape, tandem_strided_part part);

/// `output = input` for one part of the result; no overlap. Keeps every bit.
void tandem_copy_strided(
    const float *input, float *output, const tandem_strided_shape *shape,
    tandem_strided_part part);

/// `output = input` where the input is contiguous along `axis`, not along the last one. Covers the
/// places `first..<first + count` of the matrices `[sizes[axis], last size]` that the two axes span: a
/// place is one index along `axis` of one matrix. Pointers are those of the whole arrays; no overlap.
void tandem_transpose_strided(
    const float *input, float *output, const tandem_strided_shape *shape, int32_t axis,
    int64_t first, int64_t count);

#endif
