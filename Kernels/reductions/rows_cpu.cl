// Reductions along rows on processors: input [rows, columns] is cut into parts of `span` columns;
// output[r, part] = scale * reduction of the part, or += with `accumulate`.
//
// One work-item per part; dimensions: rows, parts. A long row takes two passes, the second over the
// results of the first. The order of the additions depends only on the sizes.
// Extremes are NaN where there is a NaN.

#define DEFINE_ROW_EXTREME(name, start_, combine, combineLanes)                                    \
    static float name(__global const float *row, uint count) {                                    \
        Vector extreme = (Vector)(start_);                                                        \
        FOR_EACH_VECTOR(count) {                                                                  \
            const uint lanes = ownedLanes(start, count);                                          \
            extreme = combine(extreme, loadVectorOr(row + start, lanes, start_));                 \
        }                                                                                         \
        float lanes[WIDTH];                                                                       \
        JOIN(vstore, WIDTH)(extreme, 0, lanes);                                                   \
        float result = lanes[0];                                                                  \
        for (uint i = 1; i < WIDTH; ++i) result = combineLanes(result, lanes[i]);                 \
        return result;                                                                            \
    }

DEFINE_ROW_EXTREME(rowLargest, -INFINITY, largerVector, largerFloat)
DEFINE_ROW_EXTREME(rowSmallest, INFINITY, smallerVector, smallerFloat)

#define DEFINE_ROW_REDUCTION(name, reduction)                                                     \
    __kernel void name(OUTPUT(float, output), INPUT(float, input), const uint columns,            \
                       const uint span, const float scale, const uint accumulate) {               \
        OPEN_OUTPUT(float, output) + get_global_id(0) * get_global_size(1) + get_global_id(1);    \
        const size_t first = get_global_id(1) * span;                                             \
        OPEN_INPUT(float, input) + get_global_id(0) * columns + first;                            \
        const float result = scale * reduction(input, min((size_t)span, columns - first));        \
        *output = accumulate ? *output + result : result;                                         \
    }

DEFINE_ROW_REDUCTION(sumRows, rowSum)
DEFINE_ROW_REDUCTION(maximumRows, rowLargest)
DEFINE_ROW_REDUCTION(minimumRows, rowSmallest)
