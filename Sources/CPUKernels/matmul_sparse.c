#include "matmul_sparse.h"

#include "kernel_variants.h"
#include "simd.h"
#include "sizes.h"

/// Vectors of a row that are summed at a time: enough to hide the latency of the additions.
#define SPARSE_VECTORS 8

typedef _Bool BoolVector __attribute__((ext_vector_type(LANES)));

INLINE uint64_t lane_bits(IntVector mask) {
    const BoolVector lanes = __builtin_convertvector(mask, BoolVector);
    uint16_t bits;
    memcpy(&bits, &lanes, sizeof bits);
    return bits;
}

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

INLINE void all_finite_body(
    const float *source, int64_t stride, int64_t rows, int64_t columns, bool *are_finite) {
    // The largest exponent there is stands for infinities and NaN alone.
    IntVector largest = 0;
    for (int64_t row = 0; row < rows; row++, source += stride) {
        for (int64_t column = 0; column < columns; column += LANES) {
            const FloatVector x = load_some(source + column, columns - column, 0.0f);
            largest = __builtin_elementwise_max(largest, as_int(x) & 0x7f800000);
        }
    }
    *are_finite = __builtin_reduce_max(largest) < 0x7f800000;
}

TANDEM_DEFINE_KERNEL(
    all_finite,
    (const float *source, int64_t stride, int64_t rows, int64_t columns, bool *are_finite),
    (source, stride, rows, columns, are_finite))

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
            FloatVector value = sums[v];
            if (p->alpha != 1.0f) value *= p->alpha;
            if (p->beta != 0.0f) {
                value += p->beta * load_some(output + v * LANES, length, 0.0f);
            }
            if (p->bias) value += load_some(p->bias + column + v * LANES, length, 0.0f);
            if (p->rectifies) value = select_vector(value < 0.0f, (FloatVector)0.0f, value);
            store_some(output + v * LANES, value, length);
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
