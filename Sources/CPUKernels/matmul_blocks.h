/// Products of single blocks of a result by the own register tiles.
#ifndef TANDEM_MATMUL_BLOCKS_H
#define TANDEM_MATMUL_BLOCKS_H

#include "matmul.h"
#include "matmul_result.h"
#include "sizes.h"

/// Length of the blocks of k that are summed in one go, and rows and columns of the blocks that
/// stay in the second-level cache.
#define DEPTH_BLOCK 384
#define ROW_BLOCK 192
#define COLUMN_BLOCK 512
/// Floats of scratch that one block needs.
#define BLOCK_SCRATCH (DEPTH_BLOCK * (ROW_BLOCK + COLUMN_BLOCK))

/// A rectangle of one result matrix.
struct block {
    int64_t batch, first_row, rows, first_column, columns;
};

/// The activation that `matmul_multiply_block` applies: a simple one, or none.
static inline int32_t matmul_tile_activation(const tandem_matmul_arguments *p) {
    return p->activation == TANDEM_ACTIVATION_RELU ? TANDEM_ACTIVATION_RELU
                                                   : TANDEM_ACTIVATION_IDENTITY;
}

/// How the sums of the columns from `column` on become results; see `matmul_tile_activation`.
static inline struct matmul_result matmul_block_result(
    const tandem_matmul_arguments *p, int64_t column) {
    return (struct matmul_result){
        .alpha = p->alpha,
        .beta = p->beta,
        .bias = p->bias ? p->bias + column : NULL,
        .rectifies = matmul_tile_activation(p) == TANDEM_ACTIVATION_RELU,
    };
}

/// Computes a block with its bias and `matmul_tile_activation`.
void matmul_multiply_block(
    const tandem_matmul_arguments *p, const struct block *block, float *scratch);

/// Adds the bias (NULL for none) to one row and applies an activation.
void tandem_finish_row(float *row, const float *bias, int64_t columns, int32_t activation);

#endif
