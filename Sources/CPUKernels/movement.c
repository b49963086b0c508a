#include "movement.h"

#include "element_wise.h"
#include "kernel_variants.h"
#include "transpose_16.h"

void tandem_copy_rows(
    const float *source, int64_t source_stride, float *destination, int64_t destination_stride,
    int64_t rows, int64_t columns, int32_t accumulate) {
    for (int64_t row = 0; row < rows; row++) {
        if (accumulate) {
            tandem_axpy(1.0f, source, destination, columns);
        } else {
            memcpy(destination, source, sizeof(float) * (size_t)columns);
        }
        source += source_stride;
        destination += destination_stride;
    }
}

/// Rows `first..<end` of the transposed `[columns, rows]` of one matrix `[rows, columns]`.
INLINE void transpose_matrix(
    const float *input, float *output, int64_t rows, int64_t columns, int64_t first, int64_t end) {
    int64_t column = first;
    for (; column + LANES <= end; column += LANES) {
        int64_t row = 0;
        for (; row + LANES <= rows; row += LANES) {
            FloatVector block[LANES];
            UNROLL
            for (int i = 0; i < LANES; i++)
                block[i] = load_vector(input + (row + i) * columns + column);
            transpose_16(block);
            UNROLL
            for (int i = 0; i < LANES; i++)
                store_vector(output + (column + i) * rows + row, block[i]);
        }
        for (; row < rows; row++) {
            for (int64_t i = 0; i < LANES; i++) {
                output[(column + i) * rows + row] = input[row * columns + column + i];
            }
        }
    }
    for (; column < end; column++) {
        for (int64_t row = 0; row < rows; row++)
            output[column * rows + row] = input[row * columns + column];
    }
}

INLINE void transpose_body(
    const float *input, float *output, int64_t rows, int64_t columns, int64_t inner, int64_t first,
    int64_t count) {
    const int64_t matrix = rows * columns * inner, last = first + count;
    for (int64_t place = first; place < last;) {
        const int64_t outer = place / columns, column = place % columns;
        const int64_t end = column + (last - place) < columns ? column + (last - place) : columns;
        const float *source = input + outer * matrix;
        float *destination = output + outer * matrix;
        if (inner == 1) {
            transpose_matrix(source, destination, rows, columns, column, end);
        } else {
            for (int64_t c = column; c < end; c++) {
                for (int64_t row = 0; row < rows; row++) {
                    memcpy(
                        destination + (c * rows + row) * inner,
                        source + (row * columns + c) * inner, sizeof(float) * (size_t)inner);
                }
            }
        }
        place += end - column;
    }
}

TANDEM_DEFINE_KERNEL(
    transpose,
    (const float *input, float *output, int64_t rows, int64_t columns, int64_t inner, int64_t first,
     int64_t count),
    (input, output, rows, columns, inner, first, count))

void tandem_gather_rows(
    const float *table, const int32_t *indices, float *output, int64_t count, int64_t columns) {
    for (int64_t n = 0; n < count; n++) {
        memcpy(output + n * columns, table + indices[n] * columns, sizeof(float) * (size_t)columns);
    }
}

void tandem_scatter_add_rows(
    const float *rows, const int32_t *indices, float *table, int64_t count, int64_t columns,
    int64_t stride) {
    for (int64_t n = 0; n < count; n++) {
        tandem_axpy(1.0f, rows + n * stride, table + indices[n] * stride, columns);
    }
}
