/// Transposition of a 16 x 16 matrix in registers, by exchanging blocks of 8, 4, 2 and 1 elements.
#ifndef TANDEM_TRANSPOSE_16_H
#define TANDEM_TRANSPOSE_16_H

#include "simd.h"

/// Lanes of `a` and `b` for the exchange of blocks of 8, 4, 2 and 1 elements.
#define LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31

/// Exchanges the off-diagonal blocks of `distance` elements between all rows that far apart.
#define EXCHANGE_BLOCKS(rows, distance, low, high) \
    UNROLL \
    for (int i = 0; i < LANES; i++) { \
        if (i & distance) continue; \
        const FloatVector upper = __builtin_shufflevector(rows[i], rows[i + distance], low); \
        rows[i + distance] = __builtin_shufflevector(rows[i], rows[i + distance], high); \
        rows[i] = upper; \
    }

INLINE void transpose_16(FloatVector *rows) {
    EXCHANGE_BLOCKS(rows, 8, LOW_8, HIGH_8)
    EXCHANGE_BLOCKS(rows, 4, LOW_4, HIGH_4)
    EXCHANGE_BLOCKS(rows, 2, LOW_2, HIGH_2)
    EXCHANGE_BLOCKS(rows, 1, LOW_1, HIGH_1)
}

#endif
