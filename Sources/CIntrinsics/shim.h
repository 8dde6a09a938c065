#pragma once

#include <stdint.h>
#if defined(__AVX__)
#include <immintrin.h>
#endif

// Words of the processor that Swift has none for.

/// Eight numbers; in Swift SIMD8<Float>.
typedef float Vector8 __attribute__((vector_size(32)));
/// All ones or all zeros a lane; in Swift SIMD8<Int32>.
typedef int32_t Mask8 __attribute__((vector_size(32)));

/// The hint that memory will be read soon. Any address may be given: the hint never faults.
static inline void prefetch_for_reading(const void *address) { __builtin_prefetch(address, 0, 3); }

/// Eight numbers from `address` on, zeros in the lanes where `mask` is zero, whose memory is not read.
static inline Vector8 load_where(Mask8 mask, const float *address) {
#if defined(__AVX__)
  return _mm256_maskload_ps(address, (__m256i)mask);
#else
  Vector8 lanes;
  for (int lane = 0; lane < 8; lane++) lanes[lane] = mask[lane] ? address[lane] : 0;
  return lanes;
#endif
}

/// Eight numbers from `address` on, by one instruction.
///
/// Of plain loads of places one apart the compiler makes one, and the others out of its lanes, which takes longer.
static inline Vector8 load_whole(const float *address) {
#if defined(__AVX__)
  return _mm256_castsi256_ps(_mm256_lddqu_si256((const __m256i *)address));
#else
  Vector8 lanes;
  __builtin_memcpy(&lanes, address, sizeof lanes);
  return lanes;
#endif
}

/// Numbers brought between `lower` and `upper` by strict comparisons; not a number stays what it is.
static inline Vector8 clamp_lanes(Vector8 lanes, Vector8 lower, Vector8 upper) {
#if defined(__AVX__)
  return _mm256_min_ps(upper, _mm256_max_ps(lower, lanes));
#else
  for (int lane = 0; lane < 8; lane++) {
    if (lanes[lane] < lower[lane]) lanes[lane] = lower[lane];
    if (lanes[lane] > upper[lane]) lanes[lane] = upper[lane];
  }
  return lanes;
#endif
}

/// The even lanes of `low` and `high` in the order in which one instruction leaves them: see `lanes_in_order`.
static inline Vector8 even_lanes(Vector8 low, Vector8 high) {
  return __builtin_shufflevector(low, high, 0, 2, 8, 10, 4, 6, 12, 14);
}

/// The odd lanes of `low` and `high` in the same order.
static inline Vector8 odd_lanes(Vector8 low, Vector8 high) {
  return __builtin_shufflevector(low, high, 1, 3, 9, 11, 5, 7, 13, 15);
}

/// The lanes that `order` names: 0, 1, 4, 5, 2, 3, 6, 7 for those of `even_lanes` or `odd_lanes` in the order of `low` and
/// `high`.
///
/// By an order that the compiler does not know: it would bring every operand into order in place of the sum.
static inline Vector8 lanes_in_order(Mask8 order, Vector8 lanes) {
#if defined(__AVX2__)
  return _mm256_permutevar8x32_ps(lanes, (__m256i)order);
#else
  Vector8 ordered;
  for (int lane = 0; lane < 8; lane++) ordered[lane] = lanes[order[lane]];
  return ordered;
#endif
}
