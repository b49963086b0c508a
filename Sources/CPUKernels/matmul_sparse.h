/// Small products whose left operand is mostly zeros, as activations behind ReLU and dropout and their
/// gradients are.
#ifndef TANDEM_MATMUL_SPARSE_H
#define TANDEM_MATMUL_SPARSE_H

#include "matmul_blocks.h"

/// Computes a block, like `matmul_multiply_block`, when that pays: its left operand has few enough
/// elements that are not 0, and the right one is finite. `left`, `right` and `output` are those of
/// the block.
///
/// Every element is summed in the same order as in a tile, only without the products that are 0, so
/// the result is the same (but for the sign of sums that underflow to 0).
bool matmul_multiply_if_sparse(
    const tandem_matmul_arguments *p, const struct block *block, const float *left,
    const float *right, float *output, float *scratch);

#endif
