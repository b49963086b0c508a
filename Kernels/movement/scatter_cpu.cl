// table[indices[n], :] += rows[n, :] on processors, each table row in ascending order of n.
//
// rows [count, columns]. One work-item per n: where n is the first mention of its table row, the item
// adds this and all later mentions in order; elsewhere it does nothing. So no table row is written by
// two items, and the order of the additions is fixed.
__kernel void scatterAddRows(OUTPUT(float, table), INPUT(float, rows), INPUT(int, indices),
                             const uint count, const uint columns, const uint tableRows) {
    OPEN_OUTPUT(float, table);
    OPEN_INPUT(float, rows);
    OPEN_INPUT(int, indices);
    const size_t n = get_global_id(0);
    const int index = indices[n];
    int16 earlier = 0;
    size_t m = 0;
    for (; m + 16 <= n; m += 16) earlier |= vload16(0, indices + m) == (int16)(index);
    int found = any(earlier);
    for (; m < n; ++m) found |= indices[m] == index;
    if (found || index < 0 || index >= (int)tableRows) return;
    __global float *target = table + (size_t)index * columns;
    for (m = n; m < count; ++m) {
        if (indices[m] != index) continue;
        FOR_EACH_VECTOR(columns) {
            const uint lanes = ownedLanes(start, columns);
            const Vector x = loadVector(rows + m * columns + start, lanes);
            storeVector(loadVector(target + start, lanes) + x, target + start, lanes);
        }
    }
}
