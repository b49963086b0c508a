// Reductions along columns: input [rows, columns] is cut into blocks of `span` rows;
// output[block, c] = scale * reduction of the block's column c, or += with `accumulate`.
//
// One work-item per block and Vector of columns, rows in ascending order; many rows take several
// passes, each over the results of the one before. Maxima are NaN where there is a NaN.

#define PLUS(a, b) ((a) + (b))

#define DEFINE_COLUMN_REDUCTION(name, identity, combine)                                          \
    __kernel void name(OUTPUT(float, output), INPUT(float, input), const uint rows,               \
                       const uint columns, const uint span, const float scale,                    \
                       const uint accumulate) {                                                   \
        OPEN_ROW_BLOCK(rows, columns, span);                                                      \
        OPEN_OUTPUT(float, output) + block * columns + start;                                     \
        OPEN_INPUT(float, input) + start;                                                         \
        Vector value = (Vector)(identity);                                                        \
        for (size_t row = first; row < last; ++row) {                                             \
            value = combine(value, loadVector(input + row * columns, lanes));                     \
        }                                                                                         \
        Vector result = scale * value;                                                            \
        if (accumulate) result += loadVector(output, lanes);                                      \
        storeVector(result, output, lanes);                                                       \
    }

DEFINE_COLUMN_REDUCTION(sumColumns, 0.0f, PLUS)
DEFINE_COLUMN_REDUCTION(maximumColumns, -INFINITY, largerVector)
