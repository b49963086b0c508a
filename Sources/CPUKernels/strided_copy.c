#include "kernel_variants.h"
#include "strided.h"
#include "strided_walk.h"
#include "transpose_16.h"

void tandem_copy_strided(
    const float *input, float *output, const tandem_strided_shape *shape,
    tandem_strided_part part) {
    const int64_t length = walk_columns(shape), stride = walk_stride(shape, 0);
    StridedWalk walk = walk_from(shape, 1, part.first_row, part.first_column);
    output += part.first_row * length + part.first_column;
    for (int64_t row = 0; row < part.rows; row++, output += length) {
        const float *source = input + walk.starts[0];
        if (stride == 1) {
            memcpy(output, source, sizeof(float) * (size_t)part.columns);
        } else {
            for (int64_t i = 0; i < part.columns; i++) output[i] = source[i * stride];
        }
        walk_on(&walk, shape, 1);
    }
}

/// Columns `first..<end` of a matrix `[rows, columns]` become rows of the output.
INLINE void transpose_columns(
    const float *input, int64_t input_stride, float *output, int64_t output_stride, int64_t rows,
    int64_t first, int64_t end) {
    int64_t column = first;
    for (; column + LANES <= end; column += LANES) {
        int64_t row = 0;
        for (; row + LANES <= rows; row += LANES) {
            FloatVector block[LANES];
            UNROLL
            for (int i = 0; i < LANES; i++)
                block[i] = load_vector(input + (row + i) * input_stride + column);
            transpose_16(block);
            UNROLL
            for (int i = 0; i < LANES; i++)
                store_vector(output + (column + i) * output_stride + row, block[i]);
        }
        for (; row < rows; row++) {
            for (int64_t i = 0; i < LANES; i++) {
                output[(column + i) * output_stride + row] = input[row * input_stride + column + i];
            }
        }
    }
    for (; column < end; column++) {
        for (int64_t row = 0; row < rows; row++)
            output[column * output_stride + row] = input[row * input_stride + column];
    }
}

/// Where a matrix begins in the input and in the output.
typedef struct {
    int64_t input, output;
} MatrixStart;

/// The start of matrix number `matrix`, counted over all axes but `turned` and the last.
INLINE MatrixStart
matrix_start(const tandem_strided_shape *shape, const int turned, int64_t matrix) {
    MatrixStart start = {0, 0};
    int64_t stride = shape->sizes[shape->rank - 1];
    for (int axis = shape->rank - 2; axis >= 0; axis--) {
        if (axis != turned) {
            const int64_t index = matrix % shape->sizes[axis];
            matrix /= shape->sizes[axis];
            start.input += index * shape->strides[0][axis];
            start.output += index * stride;
        }
        stride *= shape->sizes[axis];
    }
    return start;
}

INLINE void transpose_strided_body(
    const float *input, float *output, const tandem_strided_shape *shape, int32_t axis,
    int64_t first, int64_t count) {
    const int last_axis = shape->rank - 1;
    const int64_t columns = shape->sizes[axis], rows = shape->sizes[last_axis];
    int64_t output_stride = 1;
    for (int inner = axis + 1; inner <= last_axis; inner++) output_stride *= shape->sizes[inner];
    for (int64_t place = first; place < first + count;) {
        const int64_t column = place % columns, left = first + count - place;
        const int64_t end = left < columns - column ? column + left : columns;
        const MatrixStart start = matrix_start(shape, axis, place / columns);
        transpose_columns(
            input + start.input, shape->strides[0][last_axis], output + start.output,
            output_stride, rows, column, end);
        place += end - column;
    }
}

TANDEM_DEFINE_KERNEL(
    transpose_strided,
    (const float *input, float *output, const tandem_strided_shape *shape, int32_t axis,
     int64_t first, int64_t count),
    (input, output, shape, axis, first, count))
