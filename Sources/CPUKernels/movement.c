#include "movement.h"

#include "element_wise.h"

#include <math.h>
#include <string.h>

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

void tandem_gather_rows(
    const float *table, int64_t table_rows, const int32_t *indices, float *output, int64_t count,
    int64_t columns) {
    for (int64_t n = 0; n < count; n++) {
        float *row = output + n * columns;
        if (indices[n] >= 0 && indices[n] < table_rows) {
            memcpy(row, table + indices[n] * columns, sizeof(float) * (size_t)columns);
        } else {
            for (int64_t c = 0; c < columns; c++) row[c] = NAN;
        }
    }
}

void tandem_scatter_add_rows(
    const float *rows, const int32_t *indices, float *table, int64_t table_rows, int64_t count,
    int64_t columns, int64_t stride) {
    for (int64_t n = 0; n < count; n++) {
        if (indices[n] < 0 || indices[n] >= table_rows) continue;
        tandem_axpy(1.0f, rows + n * stride, table + indices[n] * stride, columns);
    }
}
