/// Products of single blocks of a result by the own register tiles.
#ifndef TANDEM_MATMUL_BLOCKS_H
#define TANDEM_MATMUL_BLOCKS_H

#include "matmul.h"
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

/// Computes a block without bias and activation.
void matmul_multiply_block(
    const tandem_matmul_arguments *p, const struct block *block, float *scratch);

#endif
