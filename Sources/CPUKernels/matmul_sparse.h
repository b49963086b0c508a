/// Small products whose left operand is mostly zeros.
#ifndef TANDEM_MATMUL_SPARSE_H
#define TANDEM_MATMUL_SPARSE_H

#include <stdbool.h>
#include <stdint.h>

/// Elements of the left operand that are told apart in one word.
#define MASK_BITS 64

/// The rows of a small product `output = alpha * left * right + beta * output + bias`, negative
/// results set to 0 with `rectifies`.
struct sparse_rows {
    const float *left; // [rows, depth], rows `left_stride` apart
    int64_t left_stride;
    const float *right; // [depth, columns], rows `right_stride` apart
    int64_t right_stride;
    int64_t rows, depth, columns;
    float *output;
    int64_t output_stride;
    float alpha, beta;
    const float *bias;
    bool rectifies;
};

/// Words of masks for one row.
static inline int64_t mask_words(int64_t depth) {
    return (depth + MASK_BITS - 1) / MASK_BITS;
}

/// Writes one bit per element of `left`, set where it is not 0, in `mask_words` words per row, and
/// the number of bits set.
void tandem_nonzero_masks(
    const float *left, int64_t stride, int64_t rows, int64_t depth, uint64_t *masks,
    int64_t *nonzeros);

/// Writes whether all elements of `rows` rows of `columns` elements are finite.
void tandem_all_finite(
    const float *source, int64_t stride, int64_t rows, int64_t columns, bool *are_finite);

/// Computes the rows, skipping the elements of `left` that are 0. Every element is summed over the
/// others in ascending order, as in a tile, so with a finite `right` the results are the same.
void tandem_multiply_sparse(const struct sparse_rows *rows, const uint64_t *masks);

#endif
