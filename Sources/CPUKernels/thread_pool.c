#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif

#include "thread_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/// How often a waiting thread looks before it sleeps; some tens of microseconds.
#define SPINS 1500
#define SCRATCH_ALIGNMENT 64

/// The job is published through `ticket`: generation in the high half, next free index in the low
/// half. A thread owns an index once it has advanced the ticket by compare-and-swap; that succeeds
/// only if the generation is still the one whose fields it read, so a late thread can never mix two
/// jobs.
struct tandem_thread_pool {
    _Atomic uint64_t ticket;
    _Atomic uint32_t count;
    _Atomic(tandem_task) task;
    _Atomic(void *) context;
    _Atomic uint32_t finished;
    _Atomic int32_t sleepers;
    _Atomic bool caller_sleeps;
    _Atomic bool ending;

    /// Held by the thread whose job is being run.
    pthread_mutex_t turn;
    pthread_mutex_t mutex;
    pthread_cond_t work_ready;
    pthread_cond_t work_done;
    int32_t thread_count;
    int32_t started;
    _Atomic uint64_t jobs;
    size_t scratch_bytes;
    char *scratch;
    struct worker {
        tandem_thread_pool *pool;
        int32_t number;
        pthread_t thread;
        /// Where the thread last took part in a job; number 0 is the caller.
        _Atomic int32_t processor;
    } *workers;
};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#if defined(__linux__)
static bool is_taken(const tandem_thread_pool *pool, int32_t number, int32_t processor) {
    for (int32_t other = 0; other < number; other++) {
        if (atomic_load(&pool->workers[other].processor) == processor) return true;
    }
    return false;
}

/// Moves the calling thread away from a processor that a thread of a lower number works on.
///
/// A thread is often woken on its waker's processor and then shares it for many milliseconds while
/// another one idles, so that a job runs at half speed. Leaving is one change of affinity there and
/// back; where the thread may run stays as it was.
static void take_own_processor(tandem_thread_pool *pool, int32_t number) {
    int32_t processor = sched_getcpu();
    cpu_set_t allowed;
    if (is_taken(pool, number, processor)
        && sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        cpu_set_t free_ones = allowed;
        for (int32_t other = 0; other < pool->thread_count; other++) {
            const int32_t taken = atomic_load(&pool->workers[other].processor);
            if (other != number && taken >= 0 && taken < CPU_SETSIZE) CPU_CLR(taken, &free_ones);
        }
        if (CPU_COUNT(&free_ones) > 0 && sched_setaffinity(0, sizeof free_ones, &free_ones) == 0) {
            sched_setaffinity(0, sizeof allowed, &allowed);
            processor = sched_getcpu();
        }
    }
    atomic_store(&pool->workers[number].processor, processor);
}
#else
static void take_own_processor(tandem_thread_pool *pool, int32_t number) {
    (void)pool;
    (void)number;
}
#endif

static bool work_is_open(tandem_thread_pool *pool) {
    const uint64_t ticket = atomic_load(&pool->ticket);
    return (uint32_t)ticket < atomic_load(&pool->count);
}

/// Takes indices of the current job until none is left.
static void take_part(tandem_thread_pool *pool, int32_t worker) {
    uint64_t ticket = atomic_load(&pool->ticket);
    for (;;) {
        const uint32_t count = atomic_load(&pool->count);
        const tandem_task task = atomic_load(&pool->task);
        void *const context = atomic_load(&pool->context);
        const uint32_t index = (uint32_t)ticket;
        if (index >= count) return;
        if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket + 1)) continue;
        task(context, index, worker);
        if (atomic_fetch_add(&pool->finished, 1) + 1 == count
            && atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->work_done);
            pthread_mutex_unlock(&pool->mutex);
        }
        ticket = atomic_load(&pool->ticket);
    }
}

static void sleep_until_work(tandem_thread_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (!work_is_open(pool) && !atomic_load(&pool->ending)) {
        pthread_cond_wait(&pool->work_ready, &pool->mutex);
    }
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument) {
    const struct worker *self = argument;
    tandem_thread_pool *pool = self->pool;
    while (!atomic_load(&pool->ending)) {
        int spins = 0;
        while (!work_is_open(pool) && !atomic_load(&pool->ending) && spins < SPINS) {
            pause_briefly();
            spins++;
        }
        if (spins == SPINS) sleep_until_work(pool);
        // Also when it woke too late for the job: the next one must not meet it there.
        take_own_processor(pool, self->number);
        take_part(pool, self->number);
    }
    return NULL;
}

tandem_thread_pool *tandem_thread_pool_create(int32_t thread_count, size_t scratch_bytes) {
    tandem_thread_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pool->thread_count = thread_count < 1 ? 1 : thread_count;
    pool->scratch_bytes =
        (scratch_bytes + SCRATCH_ALIGNMENT - 1) / SCRATCH_ALIGNMENT * SCRATCH_ALIGNMENT;
    pthread_mutex_init(&pool->turn, NULL);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work_ready, NULL);
    pthread_cond_init(&pool->work_done, NULL);
    pool->workers = calloc((size_t)pool->thread_count, sizeof *pool->workers);
    void *scratch = NULL;
    const size_t wanted = pool->scratch_bytes * (size_t)(pool->thread_count - 1);
    if (!pool->workers || posix_memalign(&scratch, SCRATCH_ALIGNMENT, wanted ? wanted : 1) != 0) {
        tandem_thread_pool_destroy(pool);
        return NULL;
    }
    pool->scratch = scratch;
    for (int32_t number = 0; number < pool->thread_count; number++) {
        atomic_store(&pool->workers[number].processor, -1);
    }
    for (int32_t number = 1; number < pool->thread_count; number++) {
        struct worker *worker = &pool->workers[number];
        worker->pool = pool;
        worker->number = number;
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
            tandem_thread_pool_destroy(pool);
            return NULL;
        }
        pool->started++;
    }
    return pool;
}

void tandem_thread_pool_destroy(tandem_thread_pool *pool) {
    if (!pool) return;
    atomic_store(&pool->ending, true);
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->work_ready);
    pthread_mutex_unlock(&pool->mutex);
    for (int32_t number = 1; number <= pool->started; number++) {
        pthread_join(pool->workers[number].thread, NULL);
    }
    pthread_cond_destroy(&pool->work_done);
    pthread_cond_destroy(&pool->work_ready);
    pthread_mutex_destroy(&pool->mutex);
    pthread_mutex_destroy(&pool->turn);
    free(pool->scratch);
    free(pool->workers);
    free(pool);
}

int32_t tandem_thread_pool_size(const tandem_thread_pool *pool) {
    return pool->thread_count;
}

/// The scratch memory of a thread that calls pools: several may call one pool at the same time.
struct caller_scratch {
    void *memory;
    size_t bytes;
};

static pthread_key_t caller_scratch_key;
static pthread_once_t caller_scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local struct caller_scratch caller_scratch;

static void make_caller_scratch_key(void) {
    if (pthread_key_create(&caller_scratch_key, free) != 0) abort();
}

/// Takes memory that goes with the thread; ends the process when there is none, as Swift does.
static void *grow_caller_scratch(size_t bytes) {
    pthread_once(&caller_scratch_once, make_caller_scratch_key);
    void *memory = NULL;
    if (posix_memalign(&memory, SCRATCH_ALIGNMENT, bytes) != 0
        || pthread_setspecific(caller_scratch_key, memory) != 0)
        abort();
    free(caller_scratch.memory);
    caller_scratch = (struct caller_scratch){.memory = memory, .bytes = bytes};
    return memory;
}

void *tandem_thread_pool_scratch(const tandem_thread_pool *pool, int32_t worker) {
    if (worker > 0) return pool->scratch + pool->scratch_bytes * (size_t)(worker - 1);
    if (caller_scratch.bytes >= pool->scratch_bytes) return caller_scratch.memory;
    return grow_caller_scratch(pool->scratch_bytes);
}

static bool all_finished(tandem_thread_pool *pool, uint32_t count) {
    return atomic_load(&pool->finished) == count;
}

/// Waits until the other threads have finished the indices they took.
static void wait_for_others(tandem_thread_pool *pool, uint32_t count) {
    for (int spins = 0; spins < SPINS; spins++) {
        if (all_finished(pool, count)) return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (!all_finished(pool, count)) pthread_cond_wait(&pool->work_done, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

void tandem_thread_pool_run(
    tandem_thread_pool *pool, int64_t count, tandem_task task, void *context) {
    if (pool->thread_count == 1 || count <= 1) {
        for (int64_t index = 0; index < count; index++) task(context, index, 0);
        return;
    }
    pthread_mutex_lock(&pool->turn);
    atomic_fetch_add_explicit(&pool->jobs, 1, memory_order_relaxed);
    take_own_processor(pool, 0);
    // Close the old job under a new generation before its fields change; open the new one last.
    const uint64_t generation = (atomic_load(&pool->ticket) >> 32) + 1;
    atomic_store(&pool->ticket, generation << 32 | UINT32_MAX);
    atomic_store(&pool->task, task);
    atomic_store(&pool->context, context);
    atomic_store(&pool->finished, 0);
    atomic_store(&pool->count, (uint32_t)count);
    atomic_store(&pool->ticket, (generation + 1) << 32);
    if (atomic_load(&pool->sleepers) > 0) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_broadcast(&pool->work_ready);
        pthread_mutex_unlock(&pool->mutex);
    }
    take_part(pool, 0);
    wait_for_others(pool, (uint32_t)count);
    pthread_mutex_unlock(&pool->turn);
}

uint64_t tandem_thread_pool_jobs(const tandem_thread_pool *pool) {
    return atomic_load_explicit(&pool->jobs, memory_order_relaxed);
}
