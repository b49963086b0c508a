#ifndef TANDEM_INSTRUCTION_SET_H
#define TANDEM_INSTRUCTION_SET_H

#include <stdint.h>

/// The instruction sets that every kernel is compiled for. A higher value needs more of the processor.
typedef enum {
    TANDEM_PORTABLE = 0,
    TANDEM_AVX2 = 1,
    TANDEM_AVX512 = 2,
} tandem_instruction_set;

/// The best instruction set of this processor (portable on anything but x86-64).
tandem_instruction_set tandem_best_instruction_set(void);

/// The instruction set in use; the best one until `tandem_select_instruction_set` chose another.
tandem_instruction_set tandem_current_instruction_set(void);

/// Makes all kernels use `wanted`, or the best one there is if the processor lacks it; returns the one now in use.
/// Meant for tests; not to be called while kernels run.
tandem_instruction_set tandem_select_instruction_set(tandem_instruction_set wanted);

#endif
