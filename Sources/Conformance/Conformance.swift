import Foundation
import Kernels

/// Runs conformance cases against the engine.
package enum Conformance {
  /// What came of one case.
  package struct Outcome: Equatable, Sendable {
    package let name: String
    package let operation: String
    package let verdict: Verdict
  }

  package enum Verdict: Equatable, Sendable {
    case passed(largestError: Double)
    /// A whole network misses its tolerance, but is as accurate as single precision can be; see `SinglePrecision`.
    case passedInSinglePrecision(largestError: Double, Deviation)
    /// `where` names the value that is farthest outside its tolerance.
    case failed(largestError: Double, where: String)
    /// The case needs a data package that is not fetched; `command` fetches it.
    case skipped(package: String, command: String)
    /// The case could not be run: what is wrong with it, or what the engine lacks.
    case broken(String)

    package var isPass: Bool {
      switch self {
      case .passed, .passedInSinglePrecision: true
      case .failed, .skipped, .broken: false
      }
    }
  }

  /// Runs every `.safetensors` and `.json` file of `folder`, in order of their names.
  ///
  /// - Parameters:
  ///   - folder: Of cases.
  ///   - packages: Finds the data packages that cases need.
  ///   - each: Told of every outcome as it comes.
  /// - Returns: The outcomes in order.
  /// - Throws: `ConformanceError.unreadableFolder`, `.emptyFolder`; a fault of a case is that case's outcome.
  package static func run(
    folder: URL, packages: DataPackages = .none, each: (Outcome) -> Void = { _ in }
  ) throws(ConformanceError) -> [Outcome] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw .unreadableFolder(path: folder.path)
    }
    let cases = names.filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".json") }.sorted()
    guard !cases.isEmpty else { throw .emptyFolder(path: folder.path) }
    return cases.map { name in
      let outcome = run(file: folder.appending(path: name), packages: packages)
      each(outcome)
      return outcome
    }
  }

  /// Runs one case.
  package static func run(file: URL, packages: DataPackages = .none) -> Outcome {
    let name = file.deletingPathExtension().lastPathComponent
    do {
      if file.pathExtension == "json" {
        let testCase = try JSONCase(readingFrom: file)
        let verdict = verdict { try testCase.run(packages: packages) }
        return Outcome(name: name, operation: testCase.kind.rawValue, verdict: verdict)
      }
      let testCase = try Case(readingFrom: file, packages: packages)
      let verdict = verdict {
        guard let operation = Operation(rawValue: testCase.operation) else {
          throw ConformanceError.unknownOperation(testCase.operation)
        }
        let results = try operation.run(testCase)
        guard operation == .model else { return try compare(results, with: testCase).verdict }
        return try networkVerdict(of: results, with: testCase)
      }
      return Outcome(name: name, operation: testCase.operation, verdict: verdict)
    } catch {
      return Outcome(name: name, operation: "?", verdict: .broken("\(error)"))
    }
  }

  private static func verdict(_ run: () throws -> Verdict) -> Verdict {
    do {
      return try run()
    } catch let missing as MissingPackage {
      return .skipped(package: missing.package, command: missing.command)
    } catch {
      return .broken("\(error)")
    }
  }

  /// Compares what an operation produced with every expectation.
  static func compare(_ results: Results, with testCase: Case) throws(ConformanceError) -> Comparison {
    var largest = 0.0
    var worst: (excess: Double, place: String)?
    var missed: Set<String> = []
    func judge(
      _ got: Double, _ expected: Double, of name: String, atol: Double, rtol: Double, _ place: @autoclosure () -> String
    ) {
      let error = abs(got - expected)
      let bound = atol + rtol * abs(expected)
      largest = error.isNaN ? .nan : (largest.isNaN ? .nan : max(largest, error))
      // Written so that a result that is not a number never passes.
      guard !(error <= bound) else { return }
      missed.insert(name)
      let excess = error.isNaN ? .infinity : error / max(bound, .leastNormalMagnitude)
      if worst.map({ excess > $0.excess }) ?? true { worst = (excess, "\(place()): got \(got), expected \(expected)") }
    }
    let expectations = testCase.tensors.keys.filter { $0.hasPrefix("expected.") }.sorted()
    // A case that expects nothing would pass whatever the engine does.
    guard !expectations.isEmpty || !results.scalars.isEmpty else { throw .nothingExpected(case: testCase.name) }
    for key in expectations {
      let expected = try testCase.tensor(key)
      let name = String(key.dropFirst("expected.".count))
      guard let got = results.tensors[name] else {
        throw .unsupportedExpectation(case: testCase.name, key: key)
      }
      guard got.shape == expected.shape || (got.count == 1 && expected.count == 1) else {
        return Comparison(
          largestError: .infinity, worst: "\(key): shape \(got.shape), expected \(expected.shape)", missed: [name])
      }
      for (index, (got, expected)) in zip(got.elements, expected.elements).enumerated() {
        judge(
          Double(got), Double(expected), of: name, atol: testCase.absoluteTolerance,
          rtol: testCase.relativeTolerance, "\(key)[\(index)]")
      }
    }
    for (name, pair) in results.scalars.sorted(by: { $0.key < $1.key }) {
      judge(
        pair.got, pair.expected, of: name, atol: testCase.absoluteTolerance, rtol: pair.relativeTolerance, name)
    }
    for (name, norm) in results.expectedNorms.sorted(by: { $0.key < $1.key }) {
      // A bias whose effect the next normalisation takes out has a gradient of zero, up to rounding.
      judge(
        results.tensors[name].map(SinglePrecision.norm) ?? .nan, norm, of: name, atol: testCase.absoluteTolerance,
        rtol: 0.01, "norm of \(name)")
    }
    return Comparison(largestError: largest, worst: worst?.place, missed: missed)
  }
}

/// What comes of comparing results with expectations.
struct Comparison {
  let largestError: Double
  /// The value that is farthest outside its tolerance; nil if none is outside.
  let worst: String?
  /// Names of the results with a value outside its tolerance.
  let missed: Set<String>

  var verdict: Conformance.Verdict {
    if let worst { .failed(largestError: largestError, where: worst) } else { .passed(largestError: largestError) }
  }
}

/// What an operation produced.
struct Results {
  /// By the name behind `expected.`.
  var tensors: [String: Tensor] = [:]
  /// Numbers whose expected value stands in the attributes.
  var scalars: [String: (got: Double, expected: Double, relativeTolerance: Double)] = [:]
  /// L2 norms that tensors must have to within a hundredth.
  var expectedNorms: [String: Double] = [:]
}
