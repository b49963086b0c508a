// Moving whole runs of elements; dimension 0 runs over the vectors of a run, dimension 1 over runs.

// [outer, rows, columns, inner] -> [outer, columns, rows, inner]; `runs` is outer * rows * columns.
__kernel void transposeRuns(OUTPUT(float, output), INPUT(float, input), const uint runs,
                            const uint inner, const uint rows, const uint columns) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, input);
    OPEN_MATRIX(runs, inner) {
        const size_t column = row % columns;
        const size_t matrixRow = row / columns % rows;
        const size_t matrix = row / columns / rows;
        const size_t target = (matrix * columns + column) * rows + matrixRow;
        const Vector x = loadVector(input + row * inner + start, lanes);
        storeVector(x, output + target * inner + start, lanes);
    }
}

// output[n, :] = table[indices[n], :]; output [count, columns], table [tableRows, columns].
__kernel void gatherRows(OUTPUT(float, output), INPUT(float, table), INPUT(int, indices),
                         const uint count, const uint columns) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, table);
    OPEN_INPUT(int, indices);
    OPEN_MATRIX(count, columns) {
        const size_t index = indices[row];
        const Vector x = loadVector(table + index * columns + start, lanes);
        storeVector(x, output + row * columns + start, lanes);
    }
}
