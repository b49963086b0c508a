#ifndef TANDEM_INSTRUCTION_SET_H
#define TANDEM_INSTRUCTION_SET_H

#include <stdint.h>

/// The instruction sets that every kernel is compiled for. A higher value needs more of the
/// processor.
typedef enum {
    TANDEM_PORTABLE = 0,
    TANDEM_AVX2 = 1,
    TANDEM_AVX512 = 2,
} tandem_instruction_set;

/// The best instruction set of this processor (portable on anything but x86-64).
tandem_instruction_set tandem_best_instruction_set(void);

/// Environment variable that limits the kernels to `portable`, `avx2` or `avx512`, for tests of the
/// other variants.
#define TANDEM_INSTRUCTION_SET_VARIABLE "TANDEM_INSTRUCTION_SET"

/// The instruction set in use; fixed at the first call.
tandem_instruction_set tandem_current_instruction_set(void);

#endif
