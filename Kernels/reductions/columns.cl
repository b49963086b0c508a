// Reductions along columns of `matrices` matrices [rows, columns], each cut into blocks of `span` rows:
// output[matrix, block, c] = scale * reduction of the block's column c, or += with `accumulate`.
//
// One work-item per block and Vector of columns (dimensions 0 and 1), rows in ascending order; matrices
// in dimension 2, whose extent is limited: an item takes every get_global_size(2)-th. Many rows take
// several passes, each over the results of the one before. Extremes are NaN where there is a NaN.

#define PLUS(a, b) ((a) + (b))

#define DEFINE_COLUMN_REDUCTION(name, identity, combine)                                          \
    __kernel void name(OUTPUT(float, output), INPUT(float, input), const uint matrices,           \
                       const uint rows, const uint columns, const uint span, const float scale,   \
                       const uint accumulate) {                                                   \
        OPEN_ROW_BLOCK(rows, columns, span);                                                      \
        OPEN_OUTPUT(float, output) + block * columns + start;                                     \
        OPEN_INPUT(float, input) + start;                                                         \
        for (size_t matrix = get_global_id(2); matrix < matrices;                                 \
             matrix += get_global_size(2)) {                                                      \
            __global const float *source = input + matrix * rows * columns;                       \
            Vector value = (Vector)(identity);                                                    \
            for (size_t row = first; row < last; ++row) {                                         \
                value = combine(value, loadVector(source + row * columns, lanes));                \
            }                                                                                     \
            __global float *target = output + matrix * get_global_size(1) * columns;              \
            Vector result = scale * value;                                                        \
            if (accumulate) result += loadVector(target, lanes);                                  \
            storeVector(result, target, lanes);                                                   \
        }                                                                                         \
    }

DEFINE_COLUMN_REDUCTION(sumColumns, 0.0f, PLUS)
DEFINE_COLUMN_REDUCTION(maximumColumns, -INFINITY, largerVector)
DEFINE_COLUMN_REDUCTION(minimumColumns, INFINITY, smallerVector)
