// Reductions along rows on graphics processors: input [rows, columns] is cut into parts of `span`
// columns; output[r, part] = scale * reduction of the part, or += with `accumulate`.
//
// One work-group per part (groups: rows, parts), reduced by a tree in local memory. A long row takes
// two passes, the second over the results of the first. The order depends only on the sizes.
// Extremes are NaN where there is a NaN.

DEFINE_GROUP_REDUCTION(groupLargest, largerFloat)
DEFINE_GROUP_REDUCTION(groupSmallest, smallerFloat)

#define DEFINE_ROW_REDUCTION(name, start, combine, group)                                         \
    __kernel void name(OUTPUT(float, output), INPUT(float, input), const uint columns,            \
                       const uint span, const float scale, const uint accumulate) {               \
        __local float scratch[GROUP];                                                             \
        const size_t part = get_group_id(1);                                                      \
        const size_t first = part * span;                                                         \
        OPEN_OUTPUT(float, output) + get_group_id(0) * get_num_groups(1) + part;                  \
        OPEN_INPUT(float, input) + get_group_id(0) * columns + first;                             \
        float value = start;                                                                      \
        FOR_EACH_COLUMN(min((size_t)span, columns - first)) {                                     \
            value = combine(value, input[column]);                                                \
        }                                                                                         \
        const float result = scale * group(value, scratch);                                       \
        if (get_local_id(0) == 0) *output = accumulate ? *output + result : result;               \
    }

#define PLUS(a, b) ((a) + (b))
DEFINE_ROW_REDUCTION(sumRows, 0.0f, PLUS, groupSum)
DEFINE_ROW_REDUCTION(maximumRows, -INFINITY, largerFloat, groupLargest)
DEFINE_ROW_REDUCTION(minimumRows, INFINITY, smallerFloat, groupSmallest)
