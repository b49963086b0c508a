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

/// Sizes of an operation on sets of cells and their neighbours, named as in Swift's `NeighbourShape`.
typedef struct {
    int64_t cells, channels, neighbours, extra;
} tandem_neighbour_shape;

/// Rows `first ..< first + count` of `[batch * cells]`: the cell's own state, those of its neighbours
/// by the table `[cells, neighbours]` (zeros for numbers that are no cell's), and its `extra` (NULL
/// when it has none). `states`, `extra` and `output` are whole arrays.
void tandem_neighbours(
    const float *states, const float *extra, const int32_t *table, float *output, int64_t first,
    int64_t count, tandem_neighbour_shape shape);

/// Gradients of those rows' states and extras: a state's own part of `gradient`, and the parts of
/// its readers `[cells, readers_per_cell]` in their order. `gradient`, `states_gradient` and
/// `extra_gradient` are whole arrays.
void tandem_neighbours_backward(
    const float *gradient, const int32_t *readers, int64_t readers_per_cell,
    float *states_gradient, float *extra_gradient, int64_t first, int64_t count,
    tandem_neighbour_shape shape);

#endif
