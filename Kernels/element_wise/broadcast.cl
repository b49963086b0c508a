// Functions of two operands that are spread over the result; in place where an operand has its layout.
//
// Built once per function: OPERATION is the raw value of the host's BinaryOperation.
// columns: output[r, c] = f(left[r, c], right[c]); rows: f(left[r, c], right[r]); [rows, columns].
// strided: operands with any strides; dimension 0 over the vectors of a row of the result, dimension 1
//     over its rows. Maximum and minimum are NaN if either element is NaN; comparisons give 1 or 0.

static Vector value(Vector a, Vector b) {
    switch (OPERATION) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a / b;
    case 4: return largerVector(a, b);
    case 5: return smallerVector(a, b);
    case 6: return pow(a, b);
    case 7: return oneWhere(isequal(a, b));
    case 8: return oneWhere(isnotequal(a, b));
    case 9: return oneWhere(isless(a, b));
    case 10: return oneWhere(islessequal(a, b));
    case 11: return oneWhere(isgreater(a, b));
    default: return oneWhere(isgreaterequal(a, b));
    }
}

__kernel void columns(OUTPUT(float, output), INPUT(float, left), INPUT(float, right),
                      const uint rows, const uint columns) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, left);
    OPEN_INPUT(float, right);
    OPEN_MATRIX(rows, columns) {
        const size_t i = row * columns + start;
        const Vector a = loadVector(left + i, lanes);
        storeVector(value(a, loadVector(right + start, lanes)), output + i, lanes);
    }
}

__kernel void rows(OUTPUT(float, output), INPUT(float, left), INPUT(float, right), const uint rows,
                   const uint columns) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, left);
    OPEN_INPUT(float, right);
    OPEN_MATRIX(rows, columns) {
        const size_t i = row * columns + start;
        const Vector a = loadVector(left + i, lanes);
        storeVector(value(a, (Vector)(right[row])), output + i, lanes);
    }
}

__kernel void strided(OUTPUT(float, output), INPUT(float, left), INPUT(float, right), SHAPE,
                      const uint8 leftStrides, const uint8 rightStrides) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, left);
    OPEN_INPUT(float, right);
    OPEN_MATRIX(rows, columns) {
        const Vector a = LOAD_STRIDED(left, leftStrides);
        const Vector b = LOAD_STRIDED(right, rightStrides);
        storeVector(value(a, b), output + row * columns + start, lanes);
    }
}
