#ifndef TANDEM_CPU_KERNELS_H
#define TANDEM_CPU_KERNELS_H

#include "attention.h"
#include "element_wise.h"
#include "gru.h"
#include "instruction_set.h"
#include "matmul.h"
#include "movement.h"
#include "normalization.h"
#include "optimizers.h"
#include "processor.h"
#include "random.h"
#include "ranking.h"
#include "reductions.h"
#include "strided.h"
#include "thread_pool.h"
#include "thread_recorder.h"

#endif
