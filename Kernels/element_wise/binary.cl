// Functions of two elements, named after the host's BinaryOperation; in place allowed.
//
// binary*: output[i] = f(left[i], right[i]), `count` elements, one Vector per work-item.
// columns*: output[r, c] = f(matrix[r, c], vector[c]); rows*: f(matrix[r, c], vector[r]); matrices
//     [rows, columns], dimension 0 over the vectors of a row, dimension 1 over the rows.
// The maximum is NaN if either element is NaN.

#define DEFINE_BINARY(name, expression)                                                           \
    __kernel void binary##name(OUTPUT(float, output), INPUT(float, left), INPUT(float, right),    \
                               const uint count) {                                                \
        OPEN_OUTPUT(float, output);                                                               \
        OPEN_INPUT(float, left);                                                                  \
        OPEN_INPUT(float, right);                                                                 \
        OPEN_ELEMENTS(count);                                                                     \
        const Vector a = loadVector(left + start, lanes);                                         \
        const Vector b = loadVector(right + start, lanes);                                        \
        storeVector(expression, output + start, lanes);                                           \
    }                                                                                             \
    __kernel void columns##name(OUTPUT(float, output), INPUT(float, matrix),                      \
                                INPUT(float, vector), const uint rows, const uint columns) {      \
        OPEN_OUTPUT(float, output);                                                               \
        OPEN_INPUT(float, matrix);                                                                \
        OPEN_INPUT(float, vector);                                                                \
        OPEN_MATRIX(rows, columns) {                                                              \
            const size_t i = row * columns + start;                                               \
            const Vector a = loadVector(matrix + i, lanes);                                       \
            const Vector b = loadVector(vector + start, lanes);                                   \
            storeVector(expression, output + i, lanes);                                           \
        }                                                                                         \
    }                                                                                             \
    __kernel void rows##name(OUTPUT(float, output), INPUT(float, matrix), INPUT(float, vector),   \
                             const uint rows, const uint columns) {                               \
        OPEN_OUTPUT(float, output);                                                               \
        OPEN_INPUT(float, matrix);                                                                \
        OPEN_INPUT(float, vector);                                                                \
        OPEN_MATRIX(rows, columns) {                                                              \
            const size_t i = row * columns + start;                                               \
            const Vector a = loadVector(matrix + i, lanes);                                       \
            const Vector b = (Vector)(vector[row]);                                               \
            storeVector(expression, output + i, lanes);                                           \
        }                                                                                         \
    }

DEFINE_BINARY(Add, a + b)
DEFINE_BINARY(Subtract, a - b)
DEFINE_BINARY(Multiply, a *b)
DEFINE_BINARY(Divide, a / b)
DEFINE_BINARY(Maximum, largerVector(a, b))
