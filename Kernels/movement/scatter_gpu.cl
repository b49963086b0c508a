// table[indices[n], :] += rows[n, :] on graphics processors, each table row in ascending order of n.
//
// rows [count, columns]. One work-group per n: where n is the first mention of its table row, the
// group adds this and all later mentions in order, its items side by side over the columns;
// elsewhere it leaves. So no table row is written by two groups, and the order is fixed.
__kernel void scatterAddRows(OUTPUT(float, table), INPUT(float, rows), INPUT(int, indices),
                             const uint count, const uint columns, const uint tableRows) {
    __local int found;
    OPEN_OUTPUT(float, table);
    OPEN_INPUT(float, rows);
    OPEN_INPUT(int, indices);
    const size_t n = get_group_id(0);
    const int index = indices[n];
    if (get_local_id(0) == 0) found = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (size_t m = get_local_id(0); m < n; m += get_local_size(0)) {
        if (indices[m] == index) atomic_or(&found, 1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (found || index < 0 || index >= (int)tableRows) return;
    __global float *target = table + (size_t)index * columns;
    for (size_t m = n; m < count; ++m) {
        if (indices[m] != index) continue;
        FOR_EACH_COLUMN(columns) target[column] += rows[m * columns + column];
    }
}
