#include "matmul_sparse.h"

#include "kernel_variants.h"
#include "matmul_tiles.h"

/// Vectors of a row that are summed at a time: enough to hide the latency of the additions.
#define SPARSE_VECTORS 8
/// Elements that are told apart in one word.
#define MASK_BITS 64

/// Results of fewer columns than this have too little work for each element of the left operand.
#define LEAST_COLUMNS 64
/// The right operand must stay in the second-level cache.
#define MOST_RIGHT_ELEMENTS 32768
/// Rows times words of masks for each.
#define MOST_MASKS 512
/// Elements looked at first: with more than three quarters not 0 there is no closer look.
#define SAMPLE 256

typedef _Bool BoolVector __attribute__((ext_vector_type(LANES)));

/// The rows of a product.
struct sparse_rows {
    const float *left; // [rows, depth], rows `left_stride` apart
    int64_t left_stride;
    const float *right; // [depth, columns], rows `right_stride` apart
    int64_t right_stride;
    int64_t rows, depth, columns;
    float *output;
    int64_t output_stride;
    struct matmul_result result;
};

static int64_t mask_words(int64_t depth) {
    return group_count(depth, MASK_BITS);
}

INLINE uint64_t lane_bits(IntVector mask) {
    const BoolVector lanes = __builtin_convertvector(mask, BoolVector);
    uint16_t bits;
    memcpy(&bits, &lanes, sizeof bits);
    return bits;
}

void tandem_nonzero_masks(
    const float *left, int64_t stride, int64_t rows, int64_t depth, uint64_t *masks,
    int64_t *nonzeros);

/// Writes one bit per element, set where it is not 0, in `mask_words` words per row, and the number
/// of bits set.
INLINE void nonzero_masks_body(
    const float *left, int64_t stride, int64_t rows, int64_t depth, uint64_t *masks,
    int64_t *nonzeros) {
    int64_t total = 0;
    for (int64_t row = 0; row < rows; row++, left += stride) {
        for (int64_t first = 0; first < depth; first += MASK_BITS) {
            const int64_t end = minimum(first + MASK_BITS, depth);
            uint64_t bits = 0;
            for (int64_t k = first; k < end; k += LANES) {
                bits |= lane_bits(load_some(left + k, end - k, 0.0f) != 0.0f) << (k - first);
            }
            *masks++ = bits;
            total += __builtin_popcountll(bits);
        }
    }
    *nonzeros = total;
}

TANDEM_DEFINE_KERNEL(
    nonzero_masks,
    (const float *left, int64_t stride, int64_t rows, int64_t depth, uint64_t *masks,
     int64_t *nonzeros),
    (left, stride, rows, depth, masks, nonzeros))

void tandem_all_finite(
    const float *source, int64_t stride, int64_t rows, int64_t columns, bool *are_finite);

/// Writes whether all elements are finite: only then all products with 0 are 0.
INLINE void all_finite_body(
    const float *source, int64_t stride, int64_t rows, int64_t columns, bool *are_finite) {
    FloatVector zeros[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int64_t row = 0; row < rows; row++, source += stride) {
        int64_t column = 0;
        for (; column + 4 * LANES <= columns; column += 4 * LANES) {
            UNROLL
            for (int v = 0; v < 4; v++) {
                zeros[v] += 0.0f * load_vector(source + column + v * LANES);
            }
        }
        for (; column < columns; column += LANES) {
            zeros[0] += 0.0f * load_some(source + column, columns - column, 0.0f);
        }
    }
    *are_finite = sum_lanes((zeros[0] + zeros[1]) + (zeros[2] + zeros[3])) == 0.0f;
}

TANDEM_DEFINE_KERNEL(
    all_finite,
    (const float *source, int64_t stride, int64_t rows, int64_t columns, bool *are_finite),
    (source, stride, rows, columns, are_finite))

void tandem_multiply_sparse(const struct sparse_rows *p, const uint64_t *masks);

/// Computes `vectors` (constant after inlining) vectors of every row from `column` on, the last of
/// which may be `partial`.
INLINE void sparse_columns(
    const struct sparse_rows *p, const uint64_t *masks, int64_t column, const int vectors,
    const bool partial) {
    const int64_t rest = p->columns - column - (vectors - 1) * LANES;
    const int64_t last = partial ? rest : LANES, words = mask_words(p->depth);
    const float *left = p->left, *right = p->right + column;
    float *output = p->output + column;
    for (int64_t row = 0; row < p->rows; row++, left += p->left_stride, masks += words) {
        FloatVector sums[SPARSE_VECTORS];
        UNROLL
        for (int v = 0; v < vectors; v++) sums[v] = 0.0f;
        for (int64_t word = 0; word < words; word++) {
            for (uint64_t bits = masks[word]; bits; bits &= bits - 1) {
                const int64_t k = word * MASK_BITS + __builtin_ctzll(bits);
                const FloatVector factor = left[k];
                const float *source = right + k * p->right_stride;
                UNROLL
                for (int v = 0; v < vectors; v++) {
                    sums[v] +=
                        factor
                        * load_some(source + v * LANES, v + 1 < vectors ? LANES : last, 0.0f);
                }
            }
        }
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const int64_t length = v + 1 < vectors ? LANES : last;
            const FloatVector bias = result_bias(&p->result, column + v * LANES, length);
            store_result(&p->result, sums[v], bias, output + v * LANES, length);
        }
        output += p->output_stride;
    }
}

#define SPARSE_CASE(vectors) \
    case vectors: \
        if (partial) { \
            sparse_columns(p, masks, column, vectors, true); \
        } else { \
            sparse_columns(p, masks, column, vectors, false); \
        } \
        break;

INLINE void multiply_sparse_body(const struct sparse_rows *p, const uint64_t *masks) {
    for (int64_t column = 0; column < p->columns; column += SPARSE_VECTORS * LANES) {
        const int64_t columns = minimum(SPARSE_VECTORS * LANES, p->columns - column);
        const bool partial = columns % LANES != 0;
        switch (group_count(columns, LANES)) {
            SPARSE_CASE(1)
            SPARSE_CASE(2)
            SPARSE_CASE(3)
            SPARSE_CASE(4)
            SPARSE_CASE(5)
            SPARSE_CASE(6)
            SPARSE_CASE(7)
            SPARSE_CASE(8)
        }
    }
}

TANDEM_DEFINE_KERNEL(
    multiply_sparse, (const struct sparse_rows *p, const uint64_t *masks), (p, masks))

/// Whether the sizes suit, and a first look at the left operand finds zeros.
static bool may_be_sparse(
    const tandem_matmul_arguments *p, const struct block *block, const float *left) {
    if (block->columns < LEAST_COLUMNS || p->k * block->columns > MOST_RIGHT_ELEMENTS
        || p->k < LANES || p->k > DEPTH_BLOCK
        || block->rows * mask_words(p->k) > MOST_MASKS) {
        return false;
    }
    const int64_t rows = p->transpose_left ? p->k : block->rows;
    const int64_t columns = p->transpose_left ? block->rows : p->k;
    uint64_t masks[SAMPLE];
    int64_t nonzeros;
    const int64_t sampled = minimum(rows, group_count(SAMPLE, columns));
    if (sampled * mask_words(columns) > SAMPLE) return false;
    tandem_nonzero_masks(left, p->left_stride, sampled, columns, masks, &nonzeros);
    return 4 * nonzeros <= 3 * sampled * columns;
}

bool matmul_multiply_if_sparse(
    const tandem_matmul_arguments *p, const struct block *block, const float *left,
    const float *right, float *output, float *scratch) {
    if (!may_be_sparse(p, block, left)) return false;
    struct sparse_rows rows = {
        .left = left,
        .left_stride = p->left_stride,
        .right = right,
        .right_stride = p->right_stride,
        .rows = block->rows,
        .depth = p->k,
        .columns = block->columns,
        .output = output,
        .output_stride = p->output_stride,
        .result = matmul_block_result(p, block->first_column),
    };
    if (p->transpose_left) {
        rows.left = scratch;
        rows.left_stride = rounded_up(p->k, LANES);
        tandem_pack_columns(
            left, p->left_stride, block->rows, p->k, scratch, rows.left_stride);
        scratch += block->rows * rows.left_stride;
    }
    uint64_t masks[MOST_MASKS];
    int64_t nonzeros;
    tandem_nonzero_masks(rows.left, rows.left_stride, rows.rows, rows.depth, masks, &nonzeros);
    if (8 * nonzeros > 5 * rows.rows * rows.depth) return false;
    if (p->transpose_right) {
        rows.right = scratch;
        rows.right_stride = rounded_up(block->columns, LANES);
        tandem_pack_columns(
            right, p->right_stride, p->k, block->columns, scratch, rows.right_stride);
    }
    bool are_finite;
    tandem_all_finite(rows.right, rows.right_stride, rows.depth, rows.columns, &are_finite);
    if (!are_finite) return false;
    tandem_multiply_sparse(&rows, masks);
    return true;
}
