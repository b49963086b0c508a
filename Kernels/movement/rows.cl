// Moving whole runs of elements; dimension 0 runs over the vectors of a run, dimension 1 over runs.

// output[n, :] = table[indices[n], :]; output [count, columns], table [tableRows, columns].
__kernel void gatherRows(OUTPUT(float, output), INPUT(float, table), INPUT(int, indices),
                         const uint count, const uint columns, const uint tableRows) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, table);
    OPEN_INPUT(int, indices);
    OPEN_MATRIX(count, columns) {
        const size_t index = indices[row];
        Vector x = (Vector)(NAN);
        if (index < tableRows) x = loadVector(table + index * columns + start, lanes);
        storeVector(x, output + row * columns + start, lanes);
    }
}
