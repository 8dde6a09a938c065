#pragma once

// The processor's hint that memory will be read soon, for which Swift has no word.
//
// Any address may be given: the hint never faults.
static inline void prefetch_for_reading(const void *address) { __builtin_prefetch(address, 0, 3); }
