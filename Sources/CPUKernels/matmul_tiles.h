/// The register tiles and packing routines that matrix products are made of.
#ifndef TANDEM_MATMUL_TILES_H
#define TANDEM_MATMUL_TILES_H

#include "matmul_result.h"

#include <stdint.h>

/// Columns of a packed panel of the right operand: two vectors.
#define PANEL_COLUMNS 32
/// Rows of the largest tile of any instruction set.
#define MAXIMUM_TILE_ROWS 12

/// One tile: `left * right` over `depth` products, stored as `result` says. `left` is read at `row *
/// left_row + k * left_depth`, `right` as `columns` (at most `PANEL_COLUMNS`) consecutive elements
/// at `k * right_depth`.
struct matmul_tile {
    const float *left;
    int64_t left_row, left_depth;
    const float *right;
    int64_t right_depth;
    int64_t depth;
    float *output;
    int64_t output_stride;
    int64_t columns;
    struct matmul_result result;
};

/// Rows per tile when `rows` rows are shared out evenly over the fewest tiles that this machine
/// allows.
int64_t matmul_even_tile_rows(int64_t rows);

/// The largest number of rows per tile on this machine.
int64_t matmul_tile_rows(void);

/// Computes a tile of `rows` rows (at most `matmul_tile_rows()`).
void matmul_tile(const struct matmul_tile *tile, int64_t rows);

/// One row times a transposed right operand, a product of vectors for each column: `output[c] = alpha
/// * left . (row c of right) + beta * output[c]` over `depth` products, rows of `right` `stride`
/// apart. Every column is summed in the same order wherever the run of columns begins.
void tandem_multiply_row(
    const float *left, const float *right, int64_t stride, int64_t depth, int64_t columns,
    float alpha, float beta, float *output);

/// Packs rows `0..<depth` of `columns` (at most 32) columns of a row-major matrix into `panel
/// [depth][32]`, padded with zeros.
void tandem_pack_rows(
    const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel);

/// The same from a transposed source: element (k, column) stands at `source[column * stride + k]`.
/// Columns are packed in groups of 16, the last of them padded with zeros; rows of the panel are
/// `panel_stride` apart.
void tandem_pack_columns(
    const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel,
    int64_t panel_stride);

#endif
