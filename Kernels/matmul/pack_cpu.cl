// Packing for the cpu-like matmul: rearranges op(X), a [depth][columns] matrix, into panels
// [batch][ceil(columns / width)][depth][width], so that the product reads one contiguous stream per
// panel whatever the leading dimension. Columns past the edge are filled with zeros.
//
// Both kernels take the same arguments (one work-item per work-group, local size 1,1,1):
//     0, 1    panels        float out, element offset; ceil(columns/width)*width * depth * batch
//     2, 3    source        float in, element offset
//     4       depth         uint
//     5       columns       uint
//     6       sourceStride  ulong, elements from one matrix of the batch to the next (0: shared)
//     7       width         uint, 32, or (packRows only) 8
//     8       span          uint, depth steps per work-item; a multiple of 16
// Global size: { ceil(columns / 32), ceil(depth / span), batch }; do not launch when depth is 0.
//
// packRows:    source stored [depth][columns] (B as it stands, or A when transposed)
// packColumns: source stored [columns][depth] (B when transposed, or A as it stands); width 32

#define PANEL 32

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void packRows(
    OUTPUT(float, panels), INPUT(float, source), const uint depth, const uint columns,
    const ulong sourceStride, const uint width, const uint span
) {
    const uint column = get_group_id(0) * PANEL;
    const uint first = get_group_id(1) * span;
    const uint last = min(depth, first + span);
    const uint batch = get_group_id(2);
    const ulong panelCount = (columns + width - 1) / width;
    const ulong panelSize = (ulong)depth * width;
    const uint present = min((uint)PANEL, columns - column);
    const uint pieces = (present + width - 1) / width;
    OPEN_OUTPUT(float, panels) + panelSize * (panelCount * batch + column / width);
    OPEN_INPUT(float, source) + sourceStride * batch + column;

    for (uint k = first; k < last; ++k) {
        __global const float *from = source + (ulong)k * columns;
        __global float *to = panels + (ulong)k * width;
        if (present < PANEL && width == PANEL) {
            vstore16(loadPart(from, present), 0, to);
            vstore16(present > 16 ? loadPart(from + 16, present - 16) : (float16)(0.0f), 1, to);
        } else if (present < PANEL) {
            for (uint i = 0; i < pieces * width; ++i) {
                to[(i / width) * panelSize + i % width] = i < present ? from[i] : 0.0f;
            }
        } else if (width == PANEL) {
            vstore16(vload16(0, from), 0, to);
            vstore16(vload16(1, from), 1, to);
        } else {
            vstore8(vload8(0, from), 0, to);
            vstore8(vload8(1, from), 0, to + panelSize);
            vstore8(vload8(2, from), 0, to + panelSize * 2);
            vstore8(vload8(3, from), 0, to + panelSize * 3);
        }
    }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void packColumns(
    OUTPUT(float, panels), INPUT(float, source), const uint depth, const uint columns,
    const ulong sourceStride, const uint width, const uint span
) {
    const uint column = get_group_id(0) * PANEL;
    const uint first = get_group_id(1) * span;
    const uint last = min(depth, first + span);
    const uint batch = get_group_id(2);
    const ulong panelCount = (columns + PANEL - 1) / PANEL;
    const uint present = min((uint)PANEL, columns - column);
    OPEN_OUTPUT(float, panels)
        + (ulong)depth * PANEL * (panelCount * batch + get_group_id(0));
    OPEN_INPUT(float, source) + sourceStride * batch + (ulong)column * depth;

    uint k = first;
    for (; present == PANEL && k + 16 <= last; k += 16) {
        for (uint half_ = 0; half_ < 2; ++half_) {
            __global const float *from = source + (ulong)(16 * half_) * depth + k;
            float16 rows[16], turned[16];
            for (uint i = 0; i < 16; ++i) rows[i] = vload16(0, from + (ulong)i * depth);
            transpose16(rows, turned);
            __global float *to = panels + (ulong)k * PANEL + 16 * half_;
            for (uint i = 0; i < 16; ++i) vstore16(turned[i], 0, to + i * PANEL);
        }
    }
    for (; k < last; ++k) {
        for (uint i = 0; i < PANEL; ++i) {
            panels[(ulong)k * PANEL + i] = i < present ? source[(ulong)i * depth + k] : 0.0f;
        }
    }
}
