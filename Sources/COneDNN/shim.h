#pragma once

#include <oneapi/dnnl/dnnl.h>

// libgomp's own entry point: runs `fn(data)` once on every thread of the OpenMP pool that oneDNN and OpenBLAS use.
// `num_threads` 0 means the pool's size; it has no public header.
extern void GOMP_parallel(void (*fn)(void *), void *data, unsigned num_threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int);
