// Strided copies of `rows` rows of `columns` elements; memory does not overlap.
//
// Dimension 0 runs over the vectors of a row, dimension 1 over the rows. The slices are opened at
// the first element of the region.

// destination[r * destinationStride + c] = source[r * sourceStride + c]
__kernel void copyRows(OUTPUT(float, destination), INPUT(float, source), const uint rows,
                       const uint columns, const uint destinationStride, const uint sourceStride) {
    OPEN_OUTPUT(float, destination);
    OPEN_INPUT(float, source);
    OPEN_MATRIX(rows, columns) {
        const Vector x = loadVector(source + row * sourceStride + start, lanes);
        storeVector(x, destination + row * destinationStride + start, lanes);
    }
}

// The same with += instead of =.
__kernel void addRows(OUTPUT(float, destination), INPUT(float, source), const uint rows,
                      const uint columns, const uint destinationStride, const uint sourceStride) {
    OPEN_OUTPUT(float, destination);
    OPEN_INPUT(float, source);
    OPEN_MATRIX(rows, columns) {
        const Vector x = loadVector(source + row * sourceStride + start, lanes);
        __global float *target = destination + row * destinationStride + start;
        storeVector(loadVector(target, lanes) + x, target, lanes);
    }
}

// output = input, an operand with any strides laid over a contiguous result.
__kernel void copyStrided(OUTPUT(float, output), INPUT(float, input), SHAPE,
                          const uint8 inputStrides) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, input);
    OPEN_MATRIX(rows, columns) {
        const Vector x = LOAD_STRIDED(input, inputStrides);
        storeVector(x, output + row * columns + start, lanes);
    }
}
