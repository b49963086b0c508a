// gpu GRU: the recurrent half of a whole-sequence GRU; convention and buffers as in gru_cpu.cl,
// but W_hh is read as it stands, [3H][H]. A work-group of 256 items owns 16 batch rows x 16 units
// for one step of the sequence. The depth of the recurrent product is cut into 16 slices: 16 items
// of a slice multiply 4 x 4 tiles from local memory, then the slices are added in ascending order
// and each item applies the gates of one (row, unit).
//
// A step needs all of the previous one, so each step is a launch of its own, in an in-order queue.
// Every barrier of this file stands outside conditionals (PoCL requires it).
// Global size: { ceil(H / 16) * 256, ceil(B / 16) }, local size { 256, 1 }.

#define TILE 16
#define ITEMS 256
#define CHUNK 64
#define PITCH (CHUNK + 4)
#define UNIT_PITCH (TILE + 4)
#define SLICES 16

// Copies 16 lines x CHUNK of a row-major matrix into local memory; zeros outside.
static void loadLines(
    __local float *to, __global const float *from, ulong stride, uint lines, uint k, uint depth
) {
    for (uint index = get_local_id(0); index < TILE * CHUNK; index += ITEMS) {
        const uint line = index / CHUNK, column = k + index % CHUNK;
        const uint inside = line < lines && column < depth;
        to[line * PITCH + index % CHUNK] = inside ? from[line * stride + column] : 0.0f;
    }
}

// Adds the slices' 16 x 16 tiles; every item receives its element (item / 16, item % 16).
static float addSlices(const float4 tile[4], __local float *scratch) {
    const uint item = get_local_id(0);
    const uint row = item % 16 / 4 * 4, unit = item % 4 * 4;
    __local float *own = scratch + item / 16 * TILE * TILE + row * TILE + unit;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = 0; i < 4; ++i) vstore4(tile[i], 0, own + i * TILE);
    barrier(CLK_LOCAL_MEM_FENCE);
    float sum = 0.0f;
    for (uint slice = 0; slice < SLICES; ++slice) sum += scratch[slice * TILE * TILE + item];
    return sum;
}

static float dot4(float4 a, float4 b, float sum) {
    return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

// sums[gate] = (previous W_hh^T)[row][gate][unit] for the item's row and unit of the group's tile.
static void forwardProduct(
    float sums[3], __global const float *previous, uint rows, __global const float *weights,
    uint units, uint hidden, uint depth, __local float *pool
) {
    const uint item = get_local_id(0);
    const uint slice = item / 16, row = item % 16 / 4 * 4, unit = item % 4 * 4;
    float4 tile[3][4];
    for (uint gate = 0; gate < 3; ++gate) {
        for (uint i = 0; i < 4; ++i) tile[gate][i] = (float4)(0.0f);
    }
    for (uint k = 0; k < depth; k += CHUNK) {
        barrier(CLK_LOCAL_MEM_FENCE);
        loadLines(pool, previous, hidden, rows, k, depth);
        for (uint gate = 0; gate < 3; ++gate) {
            loadLines(pool + (gate + 1) * TILE * PITCH, weights + (ulong)gate * hidden * hidden,
                      hidden, units, k, depth);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        __local const float *at = pool + slice * 4;
        float4 h[4];
        for (uint i = 0; i < 4; ++i) h[i] = vload4(0, at + (row + i) * PITCH);
        #pragma unroll
        for (uint gate = 0; gate < 3; ++gate) {
            __local const float *w = at + ((gate + 1) * TILE + unit) * PITCH;
            const float4 w0 = vload4(0, w), w1 = vload4(0, w + PITCH);
            const float4 w2 = vload4(0, w + 2 * PITCH), w3 = vload4(0, w + 3 * PITCH);
            #pragma unroll
            for (uint i = 0; i < 4; ++i) {
                tile[gate][i].x = dot4(h[i], w0, tile[gate][i].x);
                tile[gate][i].y = dot4(h[i], w1, tile[gate][i].y);
                tile[gate][i].z = dot4(h[i], w2, tile[gate][i].z);
                tile[gate][i].w = dot4(h[i], w3, tile[gate][i].w);
            }
        }
    }
    for (uint gate = 0; gate < 3; ++gate) sums[gate] = addSlices(tile[gate], pool);
}

// (dHidden W_hh)[row][unit] for the item's row and unit of the group's tile.
static float backwardProduct(
    __global const float *dHidden, uint rows, __global const float *weights, uint units,
    uint hidden, uint depth, __local float *pool
) {
    const uint item = get_local_id(0);
    const uint slice = item / 16, row = item % 16 / 4 * 4, unit = item % 4 * 4;
    __local float *columns = pool + TILE * PITCH;
    float4 tile[4];
    for (uint i = 0; i < 4; ++i) tile[i] = (float4)(0.0f);
    for (uint k = 0; k < depth; k += CHUNK) {
        barrier(CLK_LOCAL_MEM_FENCE);
        loadLines(pool, dHidden, 3 * hidden, rows, k, depth);
        for (uint index = item; index < TILE * CHUNK; index += ITEMS) {
            const uint line = k + index / TILE, column = index % TILE;
            const uint inside = line < depth && column < units;
            columns[index / TILE * UNIT_PITCH + column] =
                inside ? weights[(ulong)line * hidden + column] : 0.0f;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        __local const float *w = columns + slice * 4 * UNIT_PITCH + unit;
        const float4 w0 = vload4(0, w), w1 = vload4(0, w + UNIT_PITCH);
        const float4 w2 = vload4(0, w + 2 * UNIT_PITCH), w3 = vload4(0, w + 3 * UNIT_PITCH);
        #pragma unroll
        for (uint i = 0; i < 4; ++i) {
            const float4 d = vload4(0, pool + (row + i) * PITCH + slice * 4);
            tile[i] = fma((float4)(d.x), w0, tile[i]);
            tile[i] = fma((float4)(d.y), w1, tile[i]);
            tile[i] = fma((float4)(d.z), w2, tile[i]);
            tile[i] = fma((float4)(d.w), w3, tile[i]);
        }
    }
    return addSlices(tile, pool);
}

// Forward, one step. Launched for t = 0 ... T - 1.
//     0..11   y, reserve, gates, weights [3H][H], bias, initial      as in gru_cpu.cl
//     12, 13  batch (B), hidden (H)                                  uint
//     14, 15  keepReserve, hasInitial                                uint, 0 or 1
//     16      t                                                      uint
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void gruForward(
    OUTPUT(float, y), OUTPUT(float, reserve), INPUT(float, gates), INPUT(float, weights),
    INPUT(float, bias), INPUT(float, initial), const uint batch, const uint hidden,
    const uint keepReserve, const uint hasInitial, const uint t
) {
    __local float pool[4 * TILE * PITCH];
    const uint firstRow = get_group_id(1) * TILE, firstUnit = get_group_id(0) * TILE;
    const uint rows = min((uint)TILE, batch - firstRow);
    const uint units = min((uint)TILE, hidden - firstUnit);
    const uint row = get_local_id(0) / TILE, unit = firstUnit + get_local_id(0) % TILE;
    const uint inside = row < rows && unit < hidden;
    OPEN_OUTPUT(float, y);
    OPEN_OUTPUT(float, reserve);
    OPEN_INPUT(float, gates);
    OPEN_INPUT(float, weights) + (ulong)firstUnit * hidden;
    OPEN_INPUT(float, bias);
    OPEN_INPUT(float, initial);

    const ulong step = (ulong)t * batch;
    const uint hasPrevious = t > 0 || hasInitial;
    __global const float *previous =
        (t > 0 ? y + (step - batch) * hidden : initial) + (ulong)firstRow * hidden;
    float sums[3];
    forwardProduct(
        sums, previous, rows, weights, units, hidden, hasPrevious ? hidden : 0, pool);
    if (inside) {
        const ulong at = step + firstRow + row;
        __global const float *x = gates + at * 3 * hidden + unit;
        const float r = sigmoidFloat(x[0] + (sums[0] + bias[unit]));
        const float z = sigmoidFloat(x[hidden] + (sums[1] + bias[hidden + unit]));
        const float q = sums[2] + bias[2 * hidden + unit];
        const float n = tanhFloat(fma(r, q, x[2 * hidden]));
        const float h = hasPrevious ? previous[(ulong)row * hidden + unit] : 0.0f;
        y[at * hidden + unit] = fma(z, h - n, n);
        if (keepReserve) {
            __global float *kept = reserve + at * 4 * hidden + unit;
            kept[0] = r;
            kept[hidden] = z;
            kept[2 * hidden] = n;
            kept[3 * hidden] = q;
        }
    }
}

// Adds one 16-row column of each of dr, dz, dn, dn r to the group's bias partials.
static void addToPartials(
    float4 value, __global float *partials, uint hidden, uint units, uint first,
    __local float *pool
) {
    const uint item = get_local_id(0);
    barrier(CLK_LOCAL_MEM_FENCE);
    vstore4(value, item, pool);
    barrier(CLK_LOCAL_MEM_FENCE);
    const uint unit = item / 4, gate = item % 4;
    if (unit < units) {
        float sum = 0.0f;
        for (uint row = 0; row < TILE; ++row) sum += pool[(row * TILE + unit) * 4 + gate];
        __global float *to = partials + (ulong)gate * hidden + unit;
        *to = first ? sum : *to + sum;
    }
}

// Backward, one step: t = next - 1. Launched for next = T ... 1, then for next = 0, which turns the
// last carry into the gradient of h0.
//     0..17   dInput, dHidden, carry, partials [ceil(B / 16)][4H], dy, reserve, y, weights [3H][H],
//             initial                                                as in gru_cpu.cl
//     18..20  steps (T), batch, hidden                               uint
//     21      hasInitial                                             uint, 0 or 1
//     22      next                                                   uint
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void gruBackward(
    OUTPUT(float, dInput), OUTPUT(float, dHidden), OUTPUT(float, carry), OUTPUT(float, partials),
    INPUT(float, dy), INPUT(float, reserve), INPUT(float, y), INPUT(float, weights),
    INPUT(float, initial), const uint steps, const uint batch, const uint hidden,
    const uint hasInitial, const uint next
) {
    __local float pool[4 * TILE * PITCH];
    const uint firstRow = get_group_id(1) * TILE, firstUnit = get_group_id(0) * TILE;
    const uint rows = min((uint)TILE, batch - firstRow);
    const uint units = min((uint)TILE, hidden - firstUnit);
    const uint row = get_local_id(0) / TILE, unit = firstUnit + get_local_id(0) % TILE;
    const uint inside = row < rows && unit < hidden;
    const ulong own = (ulong)(firstRow + row) * hidden + unit;
    OPEN_OUTPUT(float, dInput);
    OPEN_OUTPUT(float, dHidden);
    OPEN_OUTPUT(float, carry) + own;
    OPEN_OUTPUT(float, partials) + (ulong)get_group_id(1) * 4 * hidden;
    OPEN_INPUT(float, dy) + own;
    OPEN_INPUT(float, reserve);
    OPEN_INPUT(float, y) + own;
    OPEN_INPUT(float, weights) + firstUnit;
    OPEN_INPUT(float, initial) + own;
    const ulong plane = (ulong)batch * hidden;

    float dh = backwardProduct(
        dHidden + ((ulong)next * batch + firstRow) * 3 * hidden, rows, weights, units, hidden,
        next < steps ? 3 * hidden : 0, pool);
    float4 derivatives = (float4)(0.0f);
    if (inside) dh += *carry;
    if (inside && next == 0) *carry = dh;
    if (inside && next > 0) {
        const uint t = next - 1;
        const ulong at = (ulong)t * batch + firstRow + row;
        __global const float *kept = reserve + at * 4 * hidden + unit;
        const float r = kept[0], z = kept[hidden], n = kept[2 * hidden], q = kept[3 * hidden];
        float h = 0.0f;
        if (t > 0) h = y[(ulong)(t - 1) * plane];
        else if (hasInitial) h = *initial;
        const float g = dy[(ulong)t * plane] + dh;
        const float dz = g * (h - n) * sigmoidSlopeFloat(z);
        const float dn = g * (1.0f - z) * tanhSlopeFloat(n);
        const float dr = dn * q * sigmoidSlopeFloat(r);
        derivatives = (float4)(dr, dz, dn, dn * r);
        *carry = g * z;
        __global float *toInput = dInput + at * 3 * hidden + unit;
        toInput[0] = dr;
        toInput[hidden] = dz;
        toInput[2 * hidden] = dn;
        __global float *toHidden = dHidden + at * 3 * hidden + unit;
        toHidden[0] = dr;
        toHidden[hidden] = dz;
        toHidden[2 * hidden] = dn * r;
    }
    addToPartials(
        derivatives, partials + firstUnit, hidden, next > 0 ? units : 0, next == steps, pool);
}
