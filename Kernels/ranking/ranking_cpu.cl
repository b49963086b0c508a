// The best of many scores on processors: one work-item per row of `columns` scores, which are part
// of a longer row from `firstColumn` on.

// Whether a score of a later column comes before an earlier one: not when they are equal.
static uint comesBefore(float later, float earlier) {
    return later > earlier || (isnan(later) && !isnan(earlier));
}

// Puts a score into a sorted list of `count` that has room for one more behind them.
static void insertScore(float score, int index, __global float *values, __global int *indices,
                        uint count) {
    uint place = count;
    for (; place > 0 && comesBefore(score, values[place - 1]); --place) {
        values[place] = values[place - 1];
        indices[place] = indices[place - 1];
    }
    values[place] = score;
    indices[place] = index;
}

// Whether one of 64 scores is not at most `least`; true for every NaN.
static uint hasCandidate(__global const float *scores, float least) {
    const int16 below = vload16(0, scores) <= least & vload16(1, scores) <= least
                        & vload16(2, scores) <= least & vload16(3, scores) <= least;
    return !all(below);
}

// The k largest scores of each row in descending order, and the numbers of their columns; equal
// ones by ascending number, NaN first. values and indices [rows, k] hold the best of earlier
// columns when the block `continues`.
__kernel void topK(OUTPUT(float, values), OUTPUT(int, indices), INPUT(float, scores),
                   const uint columns, const uint firstColumn, const uint k,
                   const uint continues) {
    const size_t row = get_global_id(0);
    OPEN_OUTPUT(float, values) + row * k;
    OPEN_OUTPUT(int, indices) + row * k;
    OPEN_INPUT(float, scores) + row * columns;
    uint column = 0;
    if (!continues) {
        for (; column < k; ++column) {
            insertScore(scores[column], (int)(firstColumn + column), values, indices, column);
        }
    }
    while (column < columns) {
        const uint end = min(column + 64, columns);
        if (end - column == 64 && !hasCandidate(scores + column, values[k - 1])) {
            column = end;
            continue;
        }
        for (; column < end; ++column) {
            if (!comesBefore(scores[column], values[k - 1])) continue;
            insertScore(scores[column], (int)(firstColumn + column), values, indices, k - 1);
        }
    }
}

// counts[r] = number of scores of row r that are not below thresholds[r], without those of the
// columns that excluded [rows, excludedCount] names; added to the count before when the block
// `continues`.
__kernel void countAtLeast(OUTPUT(int, counts), INPUT(float, scores), INPUT(float, thresholds),
                           INPUT(int, excluded), const uint columns, const uint firstColumn,
                           const uint excludedCount, const uint continues) {
    const size_t row = get_global_id(0);
    OPEN_OUTPUT(int, counts) + row;
    OPEN_INPUT(float, scores) + row * columns;
    OPEN_INPUT(int, excluded) + row * excludedCount;
    const float threshold = thresholdsBase[thresholdsOffset + row];
    int16 below = 0;
    uint column = 0;
    for (; column + 16 <= columns; column += 16) {
        below += vload16(0, scores + column) < threshold;
    }
    const int8 eight = below.lo + below.hi;
    const int4 four = eight.lo + eight.hi;
    // A comparison that holds is -1 in its lane.
    int count = (int)column + four.x + four.y + four.z + four.w;
    for (; column < columns; ++column) count += !(scores[column] < threshold);
    for (uint i = 0; i < excludedCount; ++i) {
        const uint place = (uint)excluded[i] - firstColumn;
        if (excluded[i] >= 0 && place < columns) count -= !(scores[place] < threshold);
    }
    *counts = continues ? *counts + count : count;
}
