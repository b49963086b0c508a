// cpu-like GRU: the recurrent half of a whole-sequence GRU, forward and backward. The products that
// do not depend on time order are matmuls made before or after; Kernels/README.md has the sequence.
//
// Convention (PyTorch): gates in the order r, z, n; W_hh [3H][H]; Gx = x W_ih^T + b_ih [T][B][3H];
//     q = W_hn h + b_hn, n = tanh(Gx_n + r q), h' = n + z (h - n).
// One work-item (local size 1,1,1) owns a block of batch rows for a range of time steps, so nothing
// has to be synchronised inside the loop through time. Global size: { ceil(B / rowsPerGroup),
// ceil(panels / panelsPerGroup) }, panels = ceil(H / 16) forward and ceil(H / 32) backward. With
// more than one group in dimension 1 the units are split as well, and a launch may cover one step
// only.

#define TILE_ROWS 8
#define FORWARD_PANEL 48
#define BACKWARD_PANEL 32

// Packs W_hh [3H][H] for the forward pass into [ceil(H/16)][H][48]: for each depth step the
// weights of 16 units, r then z then n; units past H are zero. (The backward panels
// [ceil(H/32)][3H][32] are packRows of the matmul with depth = 3H, columns = H, width = 32.)
// Arguments: 0,1 panels out (ceil(H/16)*16 * 3H floats)  2,3 weights in  4 hidden uint
// Global size: { ceil(H / 16), 3 }.
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gruPackWeights(OUTPUT(float, panels), INPUT(float, weights), const uint hidden) {
    const uint unit = get_group_id(0) * 16;
    const uint gate = get_group_id(1);
    const uint present = min(16u, hidden - unit);
    OPEN_INPUT(float, weights) + ((ulong)gate * hidden + unit) * hidden;
    OPEN_OUTPUT(float, panels) + (ulong)get_group_id(0) * hidden * FORWARD_PANEL + 16 * gate;
    uint k = 0;
    for (; present == 16 && k + 16 <= hidden; k += 16) {
        float16 rows[16], turned[16];
        for (uint i = 0; i < 16; ++i) rows[i] = vload16(0, weights + (ulong)i * hidden + k);
        transpose16(rows, turned);
        for (uint i = 0; i < 16; ++i) {
            vstore16(turned[i], 0, panels + (ulong)(k + i) * FORWARD_PANEL);
        }
    }
    for (; k < hidden; ++k) {
        for (uint i = 0; i < 16; ++i) {
            panels[(ulong)k * FORWARD_PANEL + i] =
                i < present ? weights[(ulong)i * hidden + k] : 0.0f;
        }
    }
}

// sums[8][VECTORS] = rows [8][depth] * panel [depth][16 * VECTORS]; rows past `height`
// repeat the last.
#define DEFINE_MULTIPLY(name, VECTORS)                                                             \
    static void name(                                                                              \
        float16 *sums, __global const float *rows, uint stride, uint height,                       \
        __global const float *panel, uint depth) {                                                 \
        __global const float *a[TILE_ROWS];                                                        \
        float16 total[VECTORS * TILE_ROWS];                                                        \
        _Pragma("unroll") for (uint i = 0; i < TILE_ROWS; ++i) {                                   \
            a[i] = rows + (ulong)min(i, height - 1) * stride;                                      \
            _Pragma("unroll") for (uint v = 0; v < VECTORS; ++v)                                   \
                total[VECTORS * i + v] = (float16)(0.0f);                                          \
        }                                                                                          \
        for (ulong k = 0; k < depth; ++k) {                                                        \
            float16 b[VECTORS];                                                                    \
            _Pragma("unroll") for (uint v = 0; v < VECTORS; ++v) b[v] = vload16(v, panel);         \
            _Pragma("unroll") for (uint i = 0; i < TILE_ROWS; ++i) {                               \
                const float16 scale = (float16)(a[i][k]);                                          \
                _Pragma("unroll") for (uint v = 0; v < VECTORS; ++v)                               \
                    total[VECTORS * i + v] = fma(scale, b[v], total[VECTORS * i + v]);             \
            }                                                                                      \
            panel += 16 * VECTORS;                                                                 \
        }                                                                                          \
        _Pragma("unroll") for (uint i = 0; i < VECTORS * TILE_ROWS; ++i) sums[i] = total[i];       \
    }
DEFINE_MULTIPLY(multiplyForward, 3)
DEFINE_MULTIPLY(multiplyBackward, 2)

// Forward over the steps [firstStep, lastStep).
//     0, 1    y         float out [T][B][H]; the steps before firstStep must be there already
//     2, 3    reserve   float out [T][B][4H]: r, z, n, q for the backward pass (null when not kept)
//     4, 5    gates     float in  [T][B][3H]: Gx, input bias included
//     6, 7    panels    float in, from gruPackWeights
//     8, 9    bias      float in  [3H]: b_hh
//     10, 11  initial   float in  [B][H]: h0 (null when hasInitial is 0: zeros)
//     12..15  firstStep, lastStep, batch (B), hidden (H)            uint
//     16, 17  rowsPerGroup (multiple of 8), panelsPerGroup          uint
//     18, 19  keepReserve, hasInitial                               uint, 0 or 1
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gruForward(
    OUTPUT(float, y), OUTPUT(float, reserve), INPUT(float, gates), INPUT(float, panels),
    INPUT(float, bias), INPUT(float, initial), const uint firstStep, const uint lastStep,
    const uint batch, const uint hidden, const uint rowsPerGroup, const uint panelsPerGroup,
    const uint keepReserve, const uint hasInitial
) {
    OPEN_OUTPUT(float, y);
    OPEN_OUTPUT(float, reserve);
    OPEN_INPUT(float, gates);
    OPEN_INPUT(float, panels);
    OPEN_INPUT(float, bias);
    OPEN_INPUT(float, initial);
    const uint firstRow = get_group_id(0) * rowsPerGroup;
    const uint endRow = min(batch, firstRow + rowsPerGroup);
    const uint firstUnit = get_group_id(1) * panelsPerGroup * 16;
    const uint endUnit = min(hidden, firstUnit + panelsPerGroup * 16);

    for (uint t = firstStep; t < lastStep; ++t) {
        const ulong step = (ulong)t * batch;
        const uint hasPrevious = t > 0 || hasInitial;
        __global const float *previous = t > 0 ? y + (step - batch) * hidden : initial;
        for (uint unit = firstUnit; unit < endUnit; unit += 16) {
            const uint width = min(16u, hidden - unit);
            __global const float *panel = panels + (ulong)(unit / 16) * hidden * FORWARD_PANEL;
            const float16 biasR = loadPart(bias + unit, width);
            const float16 biasZ = loadPart(bias + hidden + unit, width);
            const float16 biasN = loadPart(bias + 2 * hidden + unit, width);
            for (uint row = firstRow; row < endRow; row += TILE_ROWS) {
                const uint height = min((uint)TILE_ROWS, endRow - row);
                float16 sums[3 * TILE_ROWS];
                multiplyForward(
                    sums, previous + (ulong)row * hidden, hidden, height, panel,
                    hasPrevious ? hidden : 0);
                for (uint i = 0; i < height; ++i) {
                    const ulong at = step + row + i;
                    __global const float *x = gates + at * 3 * hidden + unit;
                    const float16 r =
                        sigmoidFloat16(loadPart(x, width) + (sums[3 * i] + biasR));
                    const float16 z =
                        sigmoidFloat16(loadPart(x + hidden, width) + (sums[3 * i + 1] + biasZ));
                    const float16 q = sums[3 * i + 2] + biasN;
                    const float16 n = tanhFloat16(fma(r, q, loadPart(x + 2 * hidden, width)));
                    float16 h = (float16)(0.0f);
                    if (hasPrevious) {
                        h = loadPart(previous + (ulong)(row + i) * hidden + unit, width);
                    }
                    storePart(fma(z, h - n, n), y + at * hidden + unit, width);
                    if (keepReserve) {
                        __global float *kept = reserve + at * 4 * hidden + unit;
                        storePart(r, kept, width);
                        storePart(z, kept + hidden, width);
                        storePart(n, kept + 2 * hidden, width);
                        storePart(q, kept + 3 * hidden, width);
                    }
                }
            }
        }
    }
}

// What the backward pass needs of one 16-unit column of gates.
typedef struct {
    __global float *dInput, *dHidden, *carry, *partial;
    __global const float *dy, *kept, *previous;
    uint hidden, height, width, hasPrevious, first;
} BackwardColumn;

// Applies the gates' derivatives to `height` rows of 16 units; sums[2 * i] is dGh_{t+1} W_hh of
// row i.
static void backwardGates(const float16 *sums, const BackwardColumn *c) {
    const uint hidden = c->hidden, width = c->width;
    float16 sumR = (float16)(0.0f), sumZ = sumR, sumN = sumR, sumQ = sumR;
    for (uint i = 0; i < c->height; ++i) {
        const ulong row = (ulong)i * hidden;
        __global const float *kept = c->kept + 4 * row;
        const float16 r = loadPart(kept, width);
        const float16 z = loadPart(kept + hidden, width);
        const float16 n = loadPart(kept + 2 * hidden, width);
        const float16 q = loadPart(kept + 3 * hidden, width);
        float16 h = (float16)(0.0f);
        if (c->hasPrevious) h = loadPart(c->previous + row, width);
        const float16 g =
            loadPart(c->dy + row, width) + (loadPart(c->carry + row, width) + sums[2 * i]);
        const float16 dz = g * (h - n) * sigmoidSlopeFloat16(z);
        const float16 dn = g * ((float16)(1.0f) - z) * tanhSlopeFloat16(n);
        const float16 dr = dn * q * sigmoidSlopeFloat16(r);
        const float16 dq = dn * r;
        storePart(g * z, c->carry + row, width);
        __global float *dInput = c->dInput + 3 * row;
        storePart(dr, dInput, width);
        storePart(dz, dInput + hidden, width);
        storePart(dn, dInput + 2 * hidden, width);
        __global float *dHidden = c->dHidden + 3 * row;
        storePart(dr, dHidden, width);
        storePart(dz, dHidden + hidden, width);
        storePart(dq, dHidden + 2 * hidden, width);
        sumR += dr;
        sumZ += dz;
        sumN += dn;
        sumQ += dq;
    }
    if (!c->first) {
        sumR += loadPart(c->partial, width);
        sumZ += loadPart(c->partial + hidden, width);
        sumN += loadPart(c->partial + 2 * hidden, width);
        sumQ += loadPart(c->partial + 3 * hidden, width);
    }
    storePart(sumR, c->partial, width);
    storePart(sumZ, c->partial + hidden, width);
    storePart(sumN, c->partial + 2 * hidden, width);
    storePart(sumQ, c->partial + 3 * hidden, width);
}

// Backward over the steps endStep - 1 down to firstStep.
//     0, 1    dInput    float out [T][B][3H]: dGx = (dr, dz, dn)
//     2, 3    dHidden   float out [T][B][3H]: dGh = (dr, dz, dn r); steps >= endStep are read
//     4, 5    carry     float in/out [B][H]: before the first launch the gradient of h_T, or
//                       zeros; after a launch with `finish` the gradient of h0
//     6, 7    partials  float out [ceil(B / 8)][4H]: sums of dr, dz, dn, dn r for the biases
//     8, 9    dy        float in  [T][B][H]
//     10, 11  reserve   float in  [T][B][4H], from gruForward
//     12, 13  y         float in  [T][B][H]
//     14, 15  panels    float in  [ceil(H/32)][3H][32]
//     16, 17  initial   float in  [B][H] (null when hasInitial is 0)
//     18..22  firstStep, endStep, steps (T), batch, hidden          uint
//     23, 24  rowsPerGroup (multiple of 8), panelsPerGroup          uint
//     25, 26  hasInitial, finish                                    uint, 0 or 1
// One launch (0, T, finish 1) when dimension 1 has one group. Otherwise the launches (t, t + 1,
// finish 0) for t = T - 1 ... 0, then (0, 0, finish 1). finish may stay 0 when h0 needs no
// gradient.
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gruBackward(
    OUTPUT(float, dInput), OUTPUT(float, dHidden), OUTPUT(float, carry), OUTPUT(float, partials),
    INPUT(float, dy), INPUT(float, reserve), INPUT(float, y), INPUT(float, panels),
    INPUT(float, initial), const uint firstStep, const uint endStep, const uint steps,
    const uint batch, const uint hidden, const uint rowsPerGroup, const uint panelsPerGroup,
    const uint hasInitial, const uint finish
) {
    OPEN_OUTPUT(float, dInput);
    OPEN_OUTPUT(float, dHidden);
    OPEN_OUTPUT(float, carry);
    OPEN_OUTPUT(float, partials);
    OPEN_INPUT(float, dy);
    OPEN_INPUT(float, reserve);
    OPEN_INPUT(float, y);
    OPEN_INPUT(float, panels);
    OPEN_INPUT(float, initial);
    const uint firstRow = get_group_id(0) * rowsPerGroup;
    const uint endRow = min(batch, firstRow + rowsPerGroup);
    const uint firstUnit = get_group_id(1) * panelsPerGroup * BACKWARD_PANEL;
    const uint endUnit = min(hidden, firstUnit + panelsPerGroup * BACKWARD_PANEL);

    // With `finish` one more round, t = -1, turns the last carry into the gradient of h0.
    for (int t = (int)endStep - 1; t >= (int)firstStep - (int)finish; --t) {
        const ulong next = (ulong)(t + 1) * batch;
        const uint depth = t + 1 < (int)steps ? 3 * hidden : 0;
        for (uint unit = firstUnit; unit < endUnit; unit += BACKWARD_PANEL) {
            __global const float *panel =
                panels + (ulong)(unit / BACKWARD_PANEL) * 3 * hidden * BACKWARD_PANEL;
            for (uint row = firstRow; row < endRow; row += TILE_ROWS) {
                const uint height = min((uint)TILE_ROWS, endRow - row);
                float16 sums[2 * TILE_ROWS];
                multiplyBackward(
                    sums, dHidden + (next + row) * 3 * hidden, 3 * hidden, height, panel, depth);
                for (uint side = 0; side < 2 && unit + 16 * side < hidden; ++side) {
                    const uint column = unit + 16 * side;
                    const uint width = min(16u, hidden - column);
                    __global float *carried = carry + (ulong)row * hidden + column;
                    if (t < 0) {
                        for (uint i = 0; i < height; ++i) {
                            __global float *to = carried + (ulong)i * hidden;
                            storePart(loadPart(to, width) + sums[2 * i + side], to, width);
                        }
                        continue;
                    }
                    const ulong at = (ulong)t * batch + row;
                    BackwardColumn c;
                    c.dInput = dInput + at * 3 * hidden + column;
                    c.dHidden = dHidden + at * 3 * hidden + column;
                    c.carry = carried;
                    c.partial = partials + (ulong)(row / TILE_ROWS) * 4 * hidden + column;
                    c.dy = dy + at * hidden + column;
                    c.kept = reserve + at * 4 * hidden + column;
                    c.previous = (t > 0 ? y + (at - batch) * hidden
                                        : initial + (ulong)row * hidden) + column;
                    c.hidden = hidden;
                    c.height = height;
                    c.width = width;
                    c.hasPrevious = t > 0 || hasInitial;
                    c.first = t + 1 == (int)steps;
                    backwardGates(sums + side, &c);
                }
            }
        }
    }
}
