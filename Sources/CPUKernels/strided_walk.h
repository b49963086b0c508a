/// Walking over the rows of a contiguous result while the operands follow with their own strides.
#ifndef TANDEM_STRIDED_WALK_H
#define TANDEM_STRIDED_WALK_H

#include "simd.h"
#include "strided.h"

/// A place among the rows: the index along every axis but the last, and where each operand's row
/// begins.
typedef struct {
    int64_t index[TANDEM_STRIDED_AXES];
    int64_t starts[TANDEM_STRIDED_OPERANDS];
} StridedWalk;

/// The place of row number `row`, seen from column `column`.
INLINE StridedWalk
walk_from(const tandem_strided_shape *shape, const int operands, int64_t row, int64_t column) {
    StridedWalk walk = {{0}, {0}};
    const int last = shape->rank - 1;
    for (int operand = 0; operand < operands; operand++) {
        if (last >= 0) walk.starts[operand] = column * shape->strides[operand][last];
    }
    for (int axis = last - 1; axis >= 0; axis--) {
        walk.index[axis] = row % shape->sizes[axis];
        row /= shape->sizes[axis];
        for (int operand = 0; operand < operands; operand++) {
            walk.starts[operand] += walk.index[axis] * shape->strides[operand][axis];
        }
    }
    return walk;
}

/// Goes on to the next row; behind the last one the place is of no meaning.
INLINE void walk_on(StridedWalk *walk, const tandem_strided_shape *shape, const int operands) {
    for (int axis = shape->rank - 2; axis >= 0; axis--) {
        for (int operand = 0; operand < operands; operand++) {
            walk->starts[operand] += shape->strides[operand][axis];
        }
        if (++walk->index[axis] < shape->sizes[axis]) return;
        for (int operand = 0; operand < operands; operand++) {
            walk->starts[operand] -= shape->sizes[axis] * shape->strides[operand][axis];
        }
        walk->index[axis] = 0;
    }
}

/// Elements of a row of the result.
INLINE int64_t walk_columns(const tandem_strided_shape *shape) {
    return shape->rank > 0 ? shape->sizes[shape->rank - 1] : 1;
}

/// Elements from one place of a row to the next.
INLINE int64_t walk_stride(const tandem_strided_shape *shape, const int operand) {
    return shape->rank > 0 ? shape->strides[operand][shape->rank - 1] : 0;
}

/// Elements `i...` of a row, of which `count` exist; the lanes beyond hold 1.
INLINE FloatVector
load_strided(const float *row, const int64_t stride, int64_t i, int64_t count) {
    if (stride == 1) return load_some(row + i, count, 1.0f);
    if (stride == 0) return (FloatVector)row[0];
    float lanes[LANES];
    for (int64_t lane = 0; lane < LANES; lane++) {
        lanes[lane] = lane < count ? row[(i + lane) * stride] : 1.0f;
    }
    return load_vector(lanes);
}

#endif
