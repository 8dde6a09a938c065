/// AC/DC: sparse and dense phases by turns, a longer last dense phase, and a sparse end.
///
/// Every sparse phase starts with the largest magnitudes at the full target and holds its mask; at its end the pruned
/// weights go on from zero, and all momentum is forgotten. Phases are fixed fractions of training, whatever the study's
/// schedule says.
///
/// - Source: Peste, Iofinova, Vladu, Alistarh, "AC/DC: Alternating compressed/decompressed training of deep neural
///   networks", 2021, arXiv 2106.12379.
package struct AlternatingCompression: PruningMethod {
  package init() {}

  package var ramp: Ramp { .alternating }
}
