import COneDNN
import COpenBLAS

/// The C libraries that compute, as they are loaded in this process.
package enum Libraries {
  /// Version by name, for provenance; OpenBLAS also names the processor core that it chose its kernels for.
  package static var versions: [String: String] {
    var versions: [String: String] = [:]
    if let pointer = unsafe dnnl_version() {
      let version = unsafe pointer.pointee
      versions["onednn"] = unsafe "\(version.major).\(version.minor).\(version.patch)"
    }
    if let configuration = unsafe openblas_get_config() {
      versions["openblas"] = unsafe String(cString: configuration).trimmingWhitespace
    }
    return versions
  }
}

extension String {
  fileprivate var trimmingWhitespace: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
