#ifndef TANDEM_MOVEMENT_H
#define TANDEM_MOVEMENT_H

#include <stdint.h>

/// Copies `rows` rows of `columns` elements between arrays whose rows begin `source_stride` and
/// `destination_stride` elements apart, or adds them with `accumulate`. No overlap.
void tandem_copy_rows(
    const float *source, int64_t source_stride, float *destination, int64_t destination_stride,
    int64_t rows, int64_t columns, int32_t accumulate);

/// `output[n, :] = table[indices[n], :]` for `count` rows of `columns` elements; NaN for an index that
/// is not in `0..<table_rows`.
void tandem_gather_rows(
    const float *table, int64_t table_rows, const int32_t *indices, float *output, int64_t count,
    int64_t columns);

/// `table[indices[n], c] += rows[n, c]` in ascending order of n, for `columns` columns of rows that
/// begin `stride` elements apart in both arrays. Shared out by columns, so that the order of the
/// additions never changes. Rows whose index is not in `0..<table_rows` are left out.
void tandem_scatter_add_rows(
    const float *rows, const int32_t *indices, float *table, int64_t table_rows, int64_t count,
    int64_t columns, int64_t stride);

#endif
