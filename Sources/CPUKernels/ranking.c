#include "ranking.h"

#include "kernel_variants.h"
#include "simd.h"

#include <math.h>

/// Vectors that are compared at once.
#define STRIP_VECTORS 4
#define STRIP (STRIP_VECTORS * LANES)

/// Whether a score of a later column comes before an earlier one: not when they are equal.
INLINE bool comes_before(float later, float earlier) {
    return later > earlier || (isnan(later) && !isnan(earlier));
}

/// Puts a score into a sorted list of `count` that has room for one more behind them.
INLINE void insert_score(
    float score, int32_t index, float *values, int32_t *indices, int64_t count) {
    int64_t place = count;
    for (; place > 0 && comes_before(score, values[place - 1]); place--) {
        values[place] = values[place - 1];
        indices[place] = indices[place - 1];
    }
    values[place] = score;
    indices[place] = index;
}

/// Takes the scores `column ..< end` that belong among the k best.
INLINE void insert_scores(
    const float *scores, int64_t column, int64_t end, int64_t first_column, int64_t k,
    float *values, int32_t *indices) {
    for (; column < end; column++) {
        if (!comes_before(scores[column], values[k - 1])) continue;
        insert_score(
            scores[column], (int32_t)(first_column + column), values, indices, k - 1);
    }
}

/// Whether one of the scores of a strip is not at most `least`; true for every NaN.
INLINE bool has_candidate(const float *scores, float least) {
    IntVector below = load_vector(scores) <= least;
    UNROLL
    for (int v = 1; v < STRIP_VECTORS; v++) below &= load_vector(scores + v * LANES) <= least;
    return !__builtin_reduce_and(below);
}

INLINE void top_k_body(
    const float *scores, int64_t rows, tandem_score_block block, int64_t k, float *values,
    int32_t *indices) {
    for (int64_t row = 0; row < rows; row++) {
        int64_t column = 0;
        if (!block.continues) {
            for (; column < k; column++) {
                insert_score(
                    scores[column], (int32_t)(block.first_column + column), values, indices,
                    column);
            }
        }
        for (; column + STRIP <= block.columns; column += STRIP) {
            if (!has_candidate(scores + column, values[k - 1])) continue;
            insert_scores(
                scores, column, column + STRIP, block.first_column, k, values, indices);
        }
        insert_scores(scores, column, block.columns, block.first_column, k, values, indices);
        scores += block.columns;
        values += k;
        indices += k;
    }
}

TANDEM_DEFINE_KERNEL(
    top_k,
    (const float *scores, int64_t rows, tandem_score_block block, int64_t k, float *values,
     int32_t *indices),
    (scores, rows, block, k, values, indices))

/// The number of scores of one row that are not below the threshold.
INLINE int32_t count_of_row(const float *scores, int64_t columns, float threshold) {
    IntVector below = 0;
    int64_t column = 0;
    for (; column + LANES <= columns; column += LANES) {
        below += load_vector(scores + column) < threshold;
    }
    // A comparison that holds is -1 in its lane.
    int32_t count = (int32_t)column + __builtin_reduce_add(below);
    for (; column < columns; column++) count += !(scores[column] < threshold);
    return count;
}

INLINE void count_at_least_body(
    const float *scores, int64_t rows, tandem_score_block block, const float *thresholds,
    const int32_t *excluded, int64_t excluded_count, int32_t *counts) {
    for (int64_t row = 0; row < rows; row++, scores += block.columns) {
        const float threshold = thresholds[row];
        int32_t count = count_of_row(scores, block.columns, threshold);
        for (int64_t i = 0; i < excluded_count; i++) {
            const int64_t column = excluded[row * excluded_count + i] - block.first_column;
            if (column < 0 || column >= block.columns) continue;
            count -= !(scores[column] < threshold);
        }
        counts[row] = block.continues ? counts[row] + count : count;
    }
}

TANDEM_DEFINE_KERNEL(
    count_at_least,
    (const float *scores, int64_t rows, tandem_score_block block, const float *thresholds,
     const int32_t *excluded, int64_t excluded_count, int32_t *counts),
    (scores, rows, block, thresholds, excluded, excluded_count, counts))
