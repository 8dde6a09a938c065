import Datasets
import Foundation
import Planning
import Pruning
import RunStore
import Training

/// Estimates what runs take on this machine from what finished ones took.
package struct Estimator {
  /// What an estimate of time rests on.
  package enum Basis: Equatable, Sendable {
    /// Runs of the same network, data set, batch size and method.
    case measured(runs: Int)
    /// Runs of the same network, data set and batch size by other methods.
    case otherMethods(runs: Int)
    /// Runs of the nearest network, by multiply-accumulate operations; rough if they were over in seconds.
    case scaled(from: String, runs: Int, factor: Double, isRough: Bool)
    /// Nothing like it has run here.
    case unknown
  }

  /// What a run of one configuration takes, from its start to its end.
  package struct Estimate: Equatable, Sendable {
    package var basis: Basis
    package var seconds: Double?
    /// Most memory at once; nil where no run of the network, data set and batch size has told.
    package var memoryBytes: Int?
    /// What stays on the disk.
    package var diskBytes: Int
    /// What is on the disk besides while a checkpoint is written.
    package var draftBytes: Int
    package var steps: Int
  }

  private var book: WorkBook
  private let measured: [MeasuredConfiguration]
  /// Those on this kind of machine.
  private let own: [MeasuredConfiguration]
  /// What each of `own` took to do.
  private var ownWork: [RunWork?]?

  /// An estimator for this machine, or for another of which the processor and the build of the program are told.
  package init(
    _ book: WorkBook, _ measured: [MeasuredConfiguration], threads: Int, cpu: String = Machine.cpu,
    toolchain: String = Machine.toolchain
  ) {
    self.book = book
    self.measured = measured
    own = measured.filter { $0.cpu == cpu && $0.toolchain == toolchain && $0.threads == threads }
  }

  /// Nil for a configuration whose data set is not known.
  package mutating func estimate(_ spec: RunSpec) -> Estimate? {
    guard var work = book.work(of: spec) else { return nil }
    let alike = measured.filter { Self.isAlike($0.spec, spec) }
    let sameMethod = alike.filter { $0.spec.pruning.method.name == spec.pruning.method.name }
    if let journals = Self.perEpoch(sameMethod.isEmpty ? alike : sameMethod) {
      work.journalBytes = Int(journals * spec.trainedEpochs)
    }
    let (basis, rate) = rate(for: spec, work)
    return Estimate(
      basis: basis, seconds: rate.map { $0 * work.examples },
      memoryBytes: sameMethod.compactMap(\.peakMemoryBytes).max() ?? alike.compactMap(\.peakMemoryBytes).max(),
      diskBytes: work.diskBytes, draftBytes: work.checkpointBytes, steps: work.steps)
  }

  /// A measured configuration with what it took to do.
  private typealias Known = (measured: MeasuredConfiguration, work: RunWork)

  /// Seconds an example, and what that rests on.
  private mutating func rate(for spec: RunSpec, _ work: RunWork) -> (Basis, Double?) {
    let works = ownWork ?? own.map { book.work(of: $0.spec) }
    ownWork = works
    let known = zip(own, works).compactMap { measured, work in work.map { (measured: measured, work: $0) } }
    let alike = known.filter { Self.isAlike($0.measured.spec, spec) }
    let sameMethod = alike.filter { $0.measured.spec.pruning.method.name == spec.pruning.method.name }
    if !sameMethod.isEmpty { return (.measured(runs: Self.runs(sameMethod)), Self.rate(sameMethod) { $0.seconds }) }
    if !alike.isEmpty { return (.otherMethods(runs: Self.runs(alike)), Self.rate(alike) { $0.seconds }) }
    // What a run takes besides its training steps does not grow with the network.
    let trained = known.filter { $0.measured.trainingSeconds != nil }
    guard let nearest = trained.min(by: { Self.distance($0, spec, work) < Self.distance($1, spec, work) }) else {
      return (.unknown, nil)
    }
    let group = trained.filter { Self.isAlike($0.measured.spec, nearest.measured.spec) }
    let factor = Double(work.macs) / Double(max(1, nearest.work.macs))
    let name = "\(nearest.measured.spec.model.description) on \(nearest.measured.spec.data.dataset)"
    return (
      .scaled(from: name, runs: Self.runs(group), factor: factor, isRough: Self.isShort(nearest.measured)),
      Self.rate(group) { $0.trainingSeconds ?? 0 } * factor
    )
  }

  private static func runs(_ some: [Known]) -> Int { some.reduce(0) { $0 + $1.measured.runs } }

  /// Seconds an example, over all runs.
  private static func rate(_ some: [Known], _ seconds: (MeasuredConfiguration) -> Double) -> Double {
    let total = some.reduce(0) { $0 + seconds($1.measured) * Double($1.measured.runs) }
    return total / max(1, some.reduce(0) { $0 + $1.work.examples * Double($1.measured.runs) })
  }

  private static func isAlike(_ one: RunSpec, _ other: RunSpec) -> Bool {
    one.model == other.model && one.data.dataset == other.data.dataset && one.data.text == other.data.text
      && one.training.batchSize == other.training.batchSize
  }

  /// Training in seconds below which starting up counts.
  private static let shortTraining = 30.0

  /// How far a measured configuration is from another: what its network reads first, then the network's family, then
  /// whether it trained long enough to tell, then its operations.
  private static func distance(_ known: Known, _ spec: RunSpec, _ work: RunWork) -> (Int, Int, Int, Double) {
    let model = known.measured.spec.model
    let ratio = Double(max(1, known.work.macs)) / Double(max(1, work.macs))
    let readsAlike = (known.measured.spec.data.text == nil) == (spec.data.text == nil)
    let isShort = isShort(known.measured)
    return (readsAlike ? 0 : 1, model.name == spec.model.name ? 0 : 1, isShort ? 1 : 0, abs(log(ratio)))
  }

  private static func isShort(_ measured: MeasuredConfiguration) -> Bool {
    (measured.trainingSeconds ?? 0) < shortTraining
  }

  /// Bytes of journals an epoch; nil without runs.
  private static func perEpoch(_ measured: [MeasuredConfiguration]) -> Double? {
    let epochs = measured.reduce(0) { $0 + $1.spec.trainedEpochs * Double($1.runs) }
    guard epochs > 0 else { return nil }
    return measured.reduce(0) { $0 + $1.journalBytes * Double($1.runs) } / epochs
  }
}
