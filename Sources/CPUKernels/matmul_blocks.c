#include "matmul_blocks.h"

#include "matmul_sparse.h"
#include "matmul_tiles.h"

#include <string.h>

/// With at most this many rows a plain right operand is read in place: packing would not pay.
#define ROWS_WITHOUT_PACKING 24
/// Operands of at most this many elements are read in place: they stay in the cache as they are.
#define ELEMENTS_WITHOUT_PACKING 16384

/// The operands of one block of the result for one block of k.
struct step {
    const float *left, *right;
    int64_t depth;
    float *output;
    struct matmul_result result;
    bool left_in_place, right_in_place;
};

/// Copies the first `rows` rows of a transposed left operand tile by tile: each tile is
/// `[depth][tile rows]`. The source is read along its rows, because its columns often lie a power
/// of two apart and would evict each other from the cache.
static void pack_left(
    const float *source, int64_t stride, int64_t rows, int64_t depth, int64_t tile_rows,
    float *packed) {
    const int64_t whole = rows / tile_rows * tile_rows;
    for (int64_t k = 0; k < depth; k++, source += stride) {
        float *destination = packed + k * tile_rows;
        for (int64_t first = 0; first < whole;
             first += tile_rows, destination += depth * tile_rows) {
            if (tile_rows == MAXIMUM_TILE_ROWS) {
                memcpy(destination, source + first, sizeof(float) * MAXIMUM_TILE_ROWS);
            } else {
                for (int64_t i = 0; i < tile_rows; i++) destination[i] = source[first + i];
            }
        }
        float *last = packed + whole * depth + k * (rows - whole);
        for (int64_t i = whole; i < rows; i++) last[i - whole] = source[i];
    }
}

/// Multiplies up to ROW_BLOCK rows with all panels of a column block.
static void multiply_rows(
    const tandem_matmul_arguments *p, const struct step *step, int64_t first_row, int64_t rows,
    int64_t columns, const float *panels, float *packed_left) {
    const int64_t tile_rows = matmul_even_tile_rows(rows);
    const float *left = step->left + (p->transpose_left ? first_row : first_row * p->left_stride);
    if (!step->left_in_place) {
        pack_left(left, p->left_stride, rows, step->depth, tile_rows, packed_left);
    }
    for (int64_t column = 0; column < columns; column += PANEL_COLUMNS) {
        struct matmul_tile tile = {
            .right = step->right_in_place ? step->right + column : panels + column * step->depth,
            .right_depth = step->right_in_place ? p->right_stride : PANEL_COLUMNS,
            .depth = step->depth,
            .output_stride = p->output_stride,
            .columns = minimum(PANEL_COLUMNS, columns - column),
            .result = step->result,
        };
        if (tile.result.bias) tile.result.bias += column;
        for (int64_t row = 0; row < rows; row += tile_rows) {
            const int64_t count = minimum(tile_rows, rows - row);
            if (!step->left_in_place) {
                tile.left = packed_left + row * step->depth;
                tile.left_row = 1;
                tile.left_depth = count;
            } else if (p->transpose_left) {
                tile.left = left + row;
                tile.left_row = 1;
                tile.left_depth = p->left_stride;
            } else {
                tile.left = left + row * p->left_stride;
                tile.left_row = p->left_stride;
                tile.left_depth = 1;
            }
            tile.output = step->output + (first_row + row) * p->output_stride + column;
            matmul_tile(&tile, count);
        }
    }
}

/// Packs the panels of a column block.
static void pack_right(
    const tandem_matmul_arguments *p, const struct step *step, int64_t columns, float *panels) {
    for (int64_t column = 0; column < columns; column += PANEL_COLUMNS) {
        const int64_t count = minimum(PANEL_COLUMNS, columns - column);
        float *panel = panels + column * step->depth;
        if (p->transpose_right) {
            tandem_pack_columns(
                step->right + column * p->right_stride, p->right_stride, step->depth, count, panel,
                PANEL_COLUMNS);
        } else {
            tandem_pack_rows(step->right + column, p->right_stride, step->depth, count, panel);
        }
    }
}

/// A result of one row or one column whose operands both lie along k: packing would cost more than
/// the product. Decided by the whole product, so that the sums do not depend on how it is cut.
static bool is_vector_of_dots(const tandem_matmul_arguments *p) {
    if (p->n == 1 && p->output_stride == 1) {
        return !p->transpose_left && (p->transpose_right || p->right_stride == 1);
    }
    return p->m == 1 && p->transpose_right && (!p->transpose_left || p->left_stride == 1);
}

/// Computes a block of a result of one row or one column; `left`, `right` and `output` are those of
/// the block.
static void multiply_dots(
    const tandem_matmul_arguments *p, const struct block *block, const float *left,
    const float *right, float *output) {
    if (p->n != 1) {
        const float *bias = p->bias ? p->bias + block->first_column : NULL;
        tandem_multiply_row(
            left, right, p->right_stride, p->k, block->columns, p->alpha, p->beta, output);
        tandem_finish_row(output, bias, block->columns, matmul_tile_activation(p));
        return;
    }
    tandem_multiply_row(
        right, left, p->left_stride, p->k, block->rows, p->alpha, p->beta, output);
    for (int64_t row = 0; p->bias && row < block->rows; row++) output[row] += p->bias[0];
    tandem_finish_row(output, NULL, block->rows, matmul_tile_activation(p));
}

/// Multiplies a block with the own tiles: blocks of columns, then of k, then of rows, as in the
/// BLIS scheme.
void matmul_multiply_block(
    const tandem_matmul_arguments *p, const struct block *block, float *scratch) {
    float *packed_left = scratch, *panels = scratch + DEPTH_BLOCK * ROW_BLOCK;
    const float *left = p->left + block->batch * p->left_batch_stride;
    const float *right = p->right + block->batch * p->right_batch_stride;
    float *output = p->output + block->batch * p->output_batch_stride;
    left += p->transpose_left ? block->first_row : block->first_row * p->left_stride;
    right += p->transpose_right ? block->first_column * p->right_stride : block->first_column;
    output += block->first_row * p->output_stride + block->first_column;
    if (is_vector_of_dots(p)) {
        multiply_dots(p, block, left, right, output);
        return;
    }
    if (matmul_multiply_if_sparse(p, block, left, right, output, scratch)) return;
    const bool left_in_place =
        !p->transpose_left || block->rows * p->k <= ELEMENTS_WITHOUT_PACKING;
    const bool right_in_place =
        !p->transpose_right
        && (block->rows <= ROWS_WITHOUT_PACKING
            || p->k * block->columns <= ELEMENTS_WITHOUT_PACKING);
    for (int64_t column = 0; column < block->columns; column += COLUMN_BLOCK) {
        const int64_t columns = minimum(COLUMN_BLOCK, block->columns - column);
        for (int64_t k = 0; k < p->k || k == 0; k += DEPTH_BLOCK) {
            struct matmul_result result = matmul_block_result(p, block->first_column + column);
            if (k > 0) result.beta = 1.0f;
            if (k + DEPTH_BLOCK < p->k) {
                result.bias = NULL;
                result.rectifies = false;
            }
            const struct step step = {
                .left = left + (p->transpose_left ? k * p->left_stride : k),
                .right = right
                         + (p->transpose_right ? column * p->right_stride + k
                                               : k * p->right_stride + column),
                .depth = minimum(DEPTH_BLOCK, p->k - k),
                .output = output + column,
                .result = result,
                .left_in_place = left_in_place,
                .right_in_place = right_in_place,
            };
            if (!right_in_place) pack_right(p, &step, columns, panels);
            for (int64_t row = 0; row < block->rows; row += ROW_BLOCK) {
                multiply_rows(
                    p, &step, row, minimum(ROW_BLOCK, block->rows - row), columns, panels,
                    packed_left);
            }
        }
    }
}
