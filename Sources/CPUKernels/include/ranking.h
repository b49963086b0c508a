#ifndef TANDEM_RANKING_H
#define TANDEM_RANKING_H

#include <stdbool.h>
#include <stdint.h>

/// A block of scores `[rows, columns]`, named as in Swift's `ScoreBlock`.
typedef struct {
    int64_t columns, first_column;
    bool continues;
} tandem_score_block;

/// The `k` largest of each row's scores in descending order, and the numbers of their columns;
/// equal ones by ascending number, NaN first. A block that `continues` adds to what `values` and
/// `indices` `[rows, k]` hold, another one has at least `k` columns.
void tandem_top_k(
    const float *scores, int64_t rows, tandem_score_block block, int64_t k, float *values,
    int32_t *indices);

/// `counts[r]` = number of scores of row r that are not below `thresholds[r]`, less those of the
/// columns that `excluded [rows, excluded_count]` names; added to the count before when the block
/// `continues`.
void tandem_count_at_least(
    const float *scores, int64_t rows, tandem_score_block block, const float *thresholds,
    const int32_t *excluded, int64_t excluded_count, int32_t *counts);

#endif
