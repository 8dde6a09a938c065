import Autodiff
import Foundation
import Kernels
import ModelFiles
import Networks
import Testing

/// Sizes of MobileNet-v1 at full width with all convolution and linear weights pruned at random, as the studies' policy
/// `.everyLayer` lets them be; biases and batch normalisation with its statistics are stored whole.
@Suite struct CompactSizeTests {
  private static let mobileNet = ModelConfig(
    architecture: .mobileNetV1, width: 1, stem: .imageNet, inputChannels: 3, classes: 1000)

  /// The network with `prune` done to each of its weights, whose elements are all other than zero before.
  private func file(classes: Int = 1000, _ prune: (Tensor, inout Numbers) -> Tensor) -> SafetensorsFile {
    var config = Self.mobileNet
    config.classes = classes
    let network = Network(config)
    var numbers = Numbers(5)
    let weights = Set(network.parameters.filter { $0.parameter.role == .weight }.map(\.path))
    var state: [String: Tensor] = [:]
    for (path, tensor) in network.state.sorted(by: { $0.key < $1.key }) {
      let full = Tensor.random(tensor.shape, nonzeros: tensor.count, specials: false, &numbers)
      state[path] = weights.contains(path) ? prune(full, &numbers) : full
    }
    return SafetensorsFile(tensors: state)
  }

  /// Share of the dense file's bytes that the compact one takes, after it was read again.
  private func share(_ file: SafetensorsFile, _ what: String) throws -> Double {
    let compact = CompactFile(of: file)
    let (bytes, dense) = (try compact.encoded(), try file.encoded())
    let copy = try contents(bytes)
    let different = file.tensors.filter { name, tensor in copy.tensors[name]?.bits != tensor.bits }
    #expect(different.isEmpty)
    let share = Double(bytes.count) / Double(dense.count)
    let zstandard = Double(Zstandard.compressedBytes(of: dense)) / Double(dense.count)
    print(
      "mobilenet-v1 \(what): compact \(bytes.count) of \(dense.count) bytes, \(100 * share) %; "
        + "zstd -\(Zstandard.level) \(100 * zstandard) %; \(compact.encodings)")
    return share
  }

  @Test(arguments: [(0.9, 1000, 0.16), (0.95, 1000, 0.09), (0.9, 10, 0.16), (0.95, 10, 0.09)])
  func unstructuredSparsityPays(sparsity: Double, classes: Int, limit: Double) throws {
    let pruned = file(classes: classes) { weight, numbers in
      let kept = weight.count - Int((Double(weight.count) * sparsity).rounded())
      return Tensor.random(weight.shape, nonzeros: kept, specials: false, &numbers)
    }
    #expect(try share(pruned, "\(sparsity), \(classes) classes") <= limit)
  }

  /// Weights of the stem and of depthwise layers have no groups of input channels and stay dense.
  @Test(arguments: [(2, 4, 0.56), (1, 4, 0.30)])
  func groupsPay(keeping: Int, size: Int, limit: Double) throws {
    let pruned = file { weight, numbers in
      weight.shape[1] % size == 0 ? weight.projected(keeping: keeping, of: size, &numbers) : weight
    }
    #expect(try share(pruned, "\(keeping):\(size)") <= limit)
  }

  @Test func denseNetworkIsHardlyLonger() throws {
    let share = try share(file { weight, _ in weight }, "dense")
    #expect(share > 1 && share < 1.002)
  }

  @Test func zstandardCompressesWhatRepeats() {
    #expect(Zstandard.compressedBytes(of: Data(count: 1 << 20)) < 100)
    var numbers = Numbers(1)
    let noise = Data((0..<10_000).map { _ in UInt8.random(in: 0...255, using: &numbers) })
    #expect((10_000..<10_100).contains(Zstandard.compressedBytes(of: noise)))
    #expect(Zstandard.compressedBytes(of: Data()) < 20)
  }
}
