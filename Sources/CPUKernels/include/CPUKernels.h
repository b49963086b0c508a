#ifndef TANDEM_CPU_KERNELS_H
#define TANDEM_CPU_KERNELS_H

#include "gru.h"
#include "instruction_set.h"
#include "matmul.h"
#include "thread_pool.h"

#endif
