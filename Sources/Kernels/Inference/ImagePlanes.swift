import COneDNN

/// Activations of a frozen network: every channel of every image is a plane of pixels side by side, unless oneDNN chose
/// another layout.
///
/// Our kernels of inference run over pixels, eight at a time, and skip the weights that are zero. A plane takes whole
/// vectors; what lies behind its last pixel is finite and otherwise unspecified. Tokens are pixels of one image, the
/// features of a token its channels.
///
/// A class, because several may view one memory: a plan lays the activations that are not alive together into the same
/// place.
@safe package final class ImagePlanes {
  /// [N, C, H, W].
  package let shape: Shape
  package let layout: ImageLayout
  /// Distance between two planes, in numbers: the pixels, rounded up to whole vectors.
  let pitch: Int
  private let memory: PlaneMemory
  private let offset: Int
  /// oneDNN's handles of this memory, by layout.
  private var views: [ObjectIdentifier: OpaquePointer] = unsafe [:]

  /// Planes of zeros in memory of their own.
  package convenience init(_ shape: Shape) { self.init(.planes(shape)) }

  /// Zeros in memory of their own.
  package convenience init(_ layout: ImageLayout) {
    self.init(layout, in: PlaneMemory(count: layout.count), at: 0)
  }

  /// Planes of the elements of `tensor`, in memory of their own.
  package convenience init(_ tensor: Tensor) {
    self.init(tensor.shape)
    fill(from: tensor)
  }

  /// Planes in `memory` from the number at `offset` on.
  package convenience init(_ shape: Shape, in memory: PlaneMemory, at offset: Int) {
    self.init(.planes(shape), in: memory, at: offset)
  }

  /// Activations in `memory` from the number at `offset` on.
  ///
  /// - Precondition: they fit; `offset` is a multiple of 8.
  package init(_ layout: ImageLayout, in memory: PlaneMemory, at offset: Int) {
    precondition(
      offset >= 0 && offset % Lanes.scalarCount == 0 && offset + layout.count <= memory.count,
      "planes of shape \(layout.shape) at \(offset) of a memory of \(memory.count) numbers")
    self.layout = layout
    self.shape = layout.shape
    self.offset = offset
    self.memory = memory
    pitch = ImageLayout.pitch(layout.shape)
  }

  deinit {
    let layouts = unsafe Array(views.keys)
    for layout in layouts { unsafe dnnl_memory_destroy(views[layout]) }
  }

  /// Numbers that planes of `shape` take.
  package static func count(_ shape: Shape) -> Int { ImageLayout.planes(shape).count }

  /// Pixels of a plane.
  var pixels: Int { shape[2] * shape[3] }

  /// First pixel of `channel` of `image`.
  ///
  /// - Precondition: these are planes.
  func plane(_ image: Int, _ channel: Int) -> UnsafeMutablePointer<Float> {
    unsafe memory.floats + offset + (image * shape[1] + channel) * pitch
  }

  /// oneDNN's handle of the memory in `layout`, made once.
  func view(_ layout: Layout) -> OpaquePointer {
    if let known = unsafe views[ObjectIdentifier(layout)] { return unsafe known }
    var view: OpaquePointer?
    let address = unsafe UnsafeMutableRawPointer(memory.floats + offset)
    unsafe check(dnnl_memory_create(&view, &layout.descriptor, OneDNN.engine, address), "dnnl_memory_create")
    guard let view = unsafe view else { preconditionFailure("dnnl_memory_create: no memory object") }
    unsafe views[ObjectIdentifier(layout)] = unsafe view
    return unsafe view
  }

  /// Takes the elements of `tensor`, which has this shape.
  ///
  /// - Precondition: these are planes.
  package func fill(from tensor: Tensor) {
    precondition(
      layout.isPlanes && tensor.shape == shape, "planes of shape \(shape) from a tensor of shape \(tensor.shape)")
    let tensor = tensor.plain()
    for plane in 0..<shape[0] * shape[1] {
      unsafe self.plane(0, plane).update(from: tensor.storage.floats + plane * pixels, count: pixels)
    }
  }

  /// The elements, as a tensor of this shape.
  package var tensor: Tensor {
    guard layout.isPlanes else {
      let planes = ImagePlanes(shape)
      LayoutChange(from: layout, to: planes.layout).run(self, into: planes)
      return planes.tensor
    }
    let tensor = Tensor(uninitialized: shape)
    for plane in 0..<shape[0] * shape[1] {
      unsafe (tensor.storage.floats + plane * pixels).update(from: self.plane(0, plane), count: pixels)
    }
    return tensor
  }
}

/// Memory that planes lie in, zeros at first.
package final class PlaneMemory {
  /// Numbers.
  package let count: Int
  private let storage: Storage

  /// Numbers in front of the first plane and behind the last, for kernels that load whole vectors around a pixel.
  private static let margin = 16

  package init(count: Int) {
    self.count = count
    let all = count + 2 * Self.margin
    storage = Storage(bytes: all * MemoryLayout<Float>.stride)
    unsafe storage.floats.update(repeating: 0, count: all)
  }

  var floats: UnsafeMutablePointer<Float> { unsafe storage.floats + Self.margin }
}
