import Datasets
import Foundation
import Kernels
import Networks

/// Images from files, as a network reads them.
///
/// A file is a PNG image of 8-bit grey or RGB, a portable map of bytes (PGM or PPM, binary), or a safetensors file with
/// one tensor [C, H, W] of pixels in 0...1. A network of one channel reads colours as their luma, a network of three reads
/// grey in all of them.
package struct ImageInput {
  private let model: DeployedModel
  private let shape: ImageShape
  private let normalization: Normalization
  private let resizes: Bool

  /// Largest file, and most pixels of an image, that are read.
  static let mostBytes = 64 << 20
  static let mostPixels = 1 << 24

  /// With `resizing`, images of another size are scaled bilinearly, without regard to their proportions; otherwise they
  /// are refused.
  ///
  /// - Throws: `DeploymentError.unknownInput`, `.unknownNormalization`, `.noPlan`.
  package init(for model: DeployedModel, resizing: Bool) throws(DeploymentError) {
    _ = try model.inputShape(batch: 1)
    guard let shape = model.image else { throw .unknownInput(name: model.name) }
    guard let normalization = model.normalization else { throw .unknownNormalization(name: model.name) }
    self.model = model
    self.shape = shape
    self.normalization = normalization
    resizes = resizing
  }

  /// The image in a file, normalised.
  ///
  /// - Shapes: result [1, C, H, W].
  /// - Throws: `DeploymentError` with the file's path.
  package func read(_ url: URL, path: String) throws(DeploymentError) -> Tensor {
    let data = try Self.contents(of: url, path: path)
    var image = try Self.image(data, path: path)
    if [image.height, image.width] != [shape.height, shape.width] {
      guard resizes else {
        throw .wrongInputSize(
          path: path, found: [image.height, image.width], expected: [shape.height, shape.width])
      }
      image = image.resized(height: shape.height, width: shape.width)
    }
    image = image.with(channels: shape.channels)
    let plane = shape.height * shape.width
    let values = image.values.enumerated().map { index, value in
      Float((value - normalization.mean[index / plane]) / normalization.deviation[index / plane])
    }
    return Tensor(values, shape: [1, shape.channels, shape.height, shape.width])
  }

  /// A whole file of bounded size.
  ///
  /// - Throws: `DeploymentError.unreadableInput`, `.inputTooLarge`.
  static func contents(of url: URL, path: String) throws(DeploymentError) -> Data {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw .unreadableInput(path: path, reason: "there is no such file")
    }
    guard !isFolder.boolValue else { throw .unreadableInput(path: path, reason: "it is a folder; name files") }
    do {
      let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
      guard size <= mostBytes else {
        throw DeploymentError.inputTooLarge(path: path, what: "\(size) bytes, at most \(mostBytes) are read")
      }
      return try Data(contentsOf: url)
    } catch let error as DeploymentError {
      throw error
    } catch {
      throw .unreadableInput(path: path, reason: error.localizedDescription)
    }
  }

  /// The image in a file's bytes, by what they begin with.
  ///
  /// - Throws: `DeploymentError.malformedInput`, `.inputTooLarge`.
  static func image(_ data: Data, path: String) throws(DeploymentError) -> PixelImage {
    do {
      if data.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
        let (pixels, shape) = try PNG.decode(data, mostPixels: mostPixels)
        return PixelImage(bytes: pixels, shape)
      }
      if data.starts(with: Array("P5".utf8)) || data.starts(with: Array("P6".utf8)) {
        let (pixels, shape) = try PortableMap.decode(data, mostPixels: mostPixels)
        return PixelImage(bytes: pixels, shape)
      }
      if path.hasSuffix(".safetensors") { return try tensorImage(data, path: path) }
    } catch let error as DeploymentError {
      throw error
    } catch {
      throw .malformedInput(path: path, fault: "\(error)")
    }
    throw .malformedInput(
      path: path, fault: "expected a PNG image, a binary PGM or PPM, or a .safetensors file with one tensor [C, H, W]")
  }

  private static func tensorImage(_ data: Data, path: String) throws -> PixelImage {
    let file = try SafetensorsFile(data, path: path)
    guard file.tensors.count == 1, let tensor = file.tensors.first?.value, tensor.shape.rank == 3,
      [1, 3].contains(tensor.shape[0]), tensor.shape[1] > 0, tensor.shape[2] > 0
    else {
      throw DeploymentError.malformedInput(path: path, fault: "expected one tensor [C, H, W] of 1 or 3 channels")
    }
    guard tensor.elements.allSatisfy({ (0...1).contains($0) }) else {
      throw DeploymentError.malformedInput(path: path, fault: "its pixels are not all between 0 and 1")
    }
    return PixelImage(
      values: tensor.elements.map { Double($0) }, channels: tensor.shape[0], height: tensor.shape[1],
      width: tensor.shape[2])
  }
}
