// The best of many scores on graphics processors: one work-group per row of `columns` scores,
// which are part of a longer row from `firstColumn` on.

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

// The k largest scores of each row in descending order, and the numbers of their columns; equal
// ones by ascending number, NaN first. values and indices [rows, k] hold the best of earlier
// columns when the block `continues`.
//
// The items look at one score each; the first item alone keeps the list, since few scores belong
// into it.
__kernel void topK(OUTPUT(float, values), OUTPUT(int, indices), INPUT(float, scores),
                   const uint columns, const uint firstColumn, const uint k,
                   const uint continues) {
    __local uchar isCandidate[GROUP];
    __local float least;
    __local int found;
    const size_t row = get_group_id(0);
    const uint item = get_local_id(0);
    OPEN_OUTPUT(float, values) + row * k;
    OPEN_OUTPUT(int, indices) + row * k;
    OPEN_INPUT(float, scores) + row * columns;
    const uint filled = continues ? 0 : k;
    if (item == 0) {
        for (uint column = 0; column < filled; ++column) {
            insertScore(scores[column], (int)(firstColumn + column), values, indices, column);
        }
        least = values[k - 1];
        found = 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint start = filled; start < columns; start += get_local_size(0)) {
        const uint column = start + item;
        isCandidate[item] = column < columns && comesBefore(scores[column], least);
        if (isCandidate[item]) atomic_or(&found, 1);
        barrier(CLK_LOCAL_MEM_FENCE);
        const int any = found;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (!any) continue;
        if (item == 0) {
            for (uint i = 0; i < get_local_size(0); ++i) {
                if (!isCandidate[i] || !comesBefore(scores[start + i], values[k - 1])) continue;
                insertScore(scores[start + i], (int)(firstColumn + start + i), values, indices,
                            k - 1);
            }
            least = values[k - 1];
            found = 0;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

// counts[r] = number of scores of row r that are not below thresholds[r], without those of the
// columns that excluded [rows, excludedCount] names; added to the count before when the block
// `continues`.
__kernel void countAtLeast(OUTPUT(int, counts), INPUT(float, scores), INPUT(float, thresholds),
                           INPUT(int, excluded), const uint columns, const uint firstColumn,
                           const uint excludedCount, const uint continues) {
    __local int sums[GROUP];
    const size_t row = get_group_id(0);
    const uint item = get_local_id(0);
    OPEN_OUTPUT(int, counts) + row;
    OPEN_INPUT(float, scores) + row * columns;
    OPEN_INPUT(int, excluded) + row * excludedCount;
    const float threshold = thresholdsBase[thresholdsOffset + row];
    int count = 0;
    FOR_EACH_COLUMN(columns) count += !(scores[column] < threshold);
    FOR_EACH_COLUMN(excludedCount) {
        const uint place = (uint)excluded[column] - firstColumn;
        if (excluded[column] >= 0 && place < columns) count -= !(scores[place] < threshold);
    }
    sums[item] = count;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint half_ = get_local_size(0) / 2; half_ > 0; half_ /= 2) {
        if (item < half_) sums[item] += sums[item + half_];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (item == 0) *counts = continues ? *counts + sums[0] : sums[0];
}
