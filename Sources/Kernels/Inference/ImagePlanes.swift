/// Activations of a frozen network: every channel of every image is a plane of pixels side by side.
///
/// Kernels of inference run over pixels, eight at a time, and skip the weights that are zero. A plane takes whole
/// vectors; what lies behind its last pixel is finite and otherwise unspecified. Tokens are pixels of one image, the
/// features of a token its channels.
///
/// A class, because several may view one memory: a plan lays the activations that are not alive together into the same
/// place.
package final class ImagePlanes {
  /// [N, C, H, W].
  package let shape: Shape
  /// Distance between two planes, in numbers: the pixels, rounded up to whole vectors.
  let pitch: Int
  private let memory: Storage
  private let offset: Int

  /// Planes of zeros in memory of their own.
  package convenience init(_ shape: Shape) {
    self.init(shape, in: PlaneMemory(count: Self.count(shape)), at: 0)
  }

  /// Planes of the elements of `tensor`, in memory of their own.
  package convenience init(_ tensor: Tensor) {
    self.init(tensor.shape)
    fill(from: tensor)
  }

  /// Planes in `memory` from the number at `offset` on.
  ///
  /// - Precondition: `shape` has rank 4; they fit; `offset` is a multiple of 8.
  package init(_ shape: Shape, in memory: PlaneMemory, at offset: Int) {
    precondition(shape.rank == 4, "planes of shape \(shape): expected [N, C, H, W]")
    precondition(
      offset >= 0 && offset % Lanes.scalarCount == 0 && offset + Self.count(shape) <= memory.count,
      "planes of shape \(shape) at \(offset) of a memory of \(memory.count) numbers")
    self.shape = shape
    self.offset = offset
    self.memory = memory.storage
    pitch = Self.pitch(shape)
  }

  /// Numbers that planes of `shape` take.
  package static func count(_ shape: Shape) -> Int { shape[0] * shape[1] * pitch(shape) }

  /// Pixels of a plane.
  var pixels: Int { shape[2] * shape[3] }

  /// First pixel of `channel` of `image`.
  func plane(_ image: Int, _ channel: Int) -> UnsafeMutablePointer<Float> {
    unsafe memory.floats + offset + (image * shape[1] + channel) * pitch
  }

  /// Takes the elements of `tensor`, which has this shape.
  package func fill(from tensor: Tensor) {
    precondition(tensor.shape == shape, "planes of shape \(shape) from a tensor of shape \(tensor.shape)")
    let tensor = tensor.plain()
    for plane in 0..<shape[0] * shape[1] {
      unsafe self.plane(0, plane).update(from: tensor.storage.floats + plane * pixels, count: pixels)
    }
  }

  /// The elements, as a tensor of this shape.
  package var tensor: Tensor {
    let tensor = Tensor(uninitialized: shape)
    for plane in 0..<shape[0] * shape[1] {
      unsafe (tensor.storage.floats + plane * pixels).update(from: self.plane(0, plane), count: pixels)
    }
    return tensor
  }

  private static func pitch(_ shape: Shape) -> Int {
    (shape[2] * shape[3] + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
  }
}

/// Memory that planes lie in, zeros at first.
package final class PlaneMemory {
  /// Numbers.
  package let count: Int
  let storage: Storage

  package init(count: Int) {
    self.count = count
    storage = Storage(bytes: count * MemoryLayout<Float>.stride)
    unsafe storage.floats.update(repeating: 0, count: count)
  }
}
