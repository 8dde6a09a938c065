import COneDNN

/// Dense array of single-precision numbers; a value, copied when written to while shared.
///
/// Elements are in row-major order of `shape`, except inside this module, where an activation may lie in a layout of
/// oneDNN's choice; whoever asks for elements gets them in row-major order.
package struct Tensor {
  package let shape: Shape
  /// nil for plain row-major order.
  let layout: Layout?
  private(set) var storage: Storage

  /// Tensor with unspecified elements, for kernels that write all of them.
  init(uninitialized shape: Shape, layout: Layout? = nil) {
    self.shape = shape
    self.layout = layout.flatMap { $0.isPlain ? nil : $0 }
    self.storage = Storage(bytes: layout?.bytes ?? shape.count * MemoryLayout<Float>.stride)
  }

  /// Tensor whose elements all equal `value`.
  package init(repeating value: Float, shape: Shape) {
    self.init(uninitialized: shape)
    unsafe storage.floats.update(repeating: value, count: shape.count)
  }

  /// Tensor of `elements` in row-major order.
  ///
  /// - Precondition: as many elements as `shape` has.
  package init(_ elements: [Float], shape: Shape) {
    precondition(elements.count == shape.count, "tensor of shape \(shape): \(elements.count) elements given")
    self.init(uninitialized: shape)
    unsafe elements.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      unsafe storage.floats.update(from: base, count: source.count)
    }
  }

  package var count: Int { shape.count }

  /// Number of axes.
  package var rank: Int { shape.rank }

  /// The elements in row-major order.
  package var elements: [Float] {
    let plain = self.plain()
    return unsafe Array(UnsafeBufferPointer(start: plain.storage.floats, count: count))
  }

  /// The only element of a tensor of one element.
  package var scalar: Float {
    precondition(count == 1, "scalar of a tensor of shape \(shape)")
    return unsafe storage.floats[0]
  }

  /// Lends the elements for reading, in row-major order.
  package func withElements<Result>(_ body: (Span<Float>) throws -> Result) rethrows -> Result {
    let plain = self.plain()
    let buffer = unsafe UnsafeBufferPointer(start: plain.storage.floats, count: count)
    return try unsafe body(buffer.span)
  }

  /// Lends the elements for writing, in row-major order; copies them first if another tensor shares them.
  package mutating func withMutableElements<Result>(
    _ body: (inout MutableSpan<Float>) throws -> Result
  ) rethrows -> Result {
    makeUniqueAndPlain()
    let buffer = unsafe UnsafeMutableBufferPointer(start: storage.floats, count: count)
    var span = unsafe buffer.mutableSpan
    return try body(&span)
  }

  /// The same elements under another shape.
  ///
  /// - Precondition: equal counts.
  package func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.count == count, "reshape of \(self.shape) to \(shape): the counts differ")
    return Tensor(shape: shape, layout: nil, storage: plain().storage)
  }

  private init(shape: Shape, layout: Layout?, storage: Storage) {
    self.shape = shape
    self.layout = layout
    self.storage = storage
  }

  /// Numbers in memory, padding included; elementwise kernels run over all of them.
  var storedCount: Int { layout.map { $0.bytes / MemoryLayout<Float>.stride } ?? count }

  /// Copies the elements if another tensor shares them.
  mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = Tensor(uninitialized: shape, layout: layout)
    unsafe copy.storage.floats.update(from: storage.floats, count: storedCount)
    storage = copy.storage
  }

  /// Brings the elements into row-major order and copies them if another tensor shares them.
  mutating func makeUniqueAndPlain() {
    if layout != nil { self = plain() }
    makeUnique()
  }
}

extension Tensor {
  /// This tensor in row-major order.
  func plain() -> Tensor {
    layout == nil ? self : converted(to: Layout.plain(shape.extents))
  }

  /// This tensor in `target`, itself if it lies so already.
  ///
  /// `target` may view the elements under other extents of the same count and order, as grouped filters do.
  func converted(to target: Layout) -> Tensor {
    if layout === target || (layout == nil && target.isPlain) { return self }
    let source = layout ?? Layout.plain(target.extents)
    let result = Tensor(uninitialized: shape, layout: target)
    Reorder.run(storage, source, result.storage, target)
    return result
  }

  /// The same tensor in plain order, read from `block` in `source`, whose extents may differ from `shape`'s.
  static func plain(shape: Shape, from tensor: Tensor, in source: Layout) -> Tensor {
    if source.isPlain { return Tensor(shape: shape, layout: nil, storage: tensor.storage) }
    let result = Tensor(uninitialized: shape)
    Reorder.run(tensor.storage, source, result.storage, Layout.plain(source.extents))
    return result
  }
}

/// Copies between layouts.
private enum Reorder {
  private struct Key: Hashable, Sendable {
    let source: ObjectIdentifier
    let destination: ObjectIdentifier
  }

  private static let cache = PlanCache<Key, Primitive>()

  static func run(_ source: Storage, _ sourceLayout: Layout, _ destination: Storage, _ destinationLayout: Layout) {
    let key = Key(source: ObjectIdentifier(sourceLayout), destination: ObjectIdentifier(destinationLayout))
    let primitive = cache.plan(for: key) { _ in
      Primitive(PrimitiveDescriptor(reorderFrom: sourceLayout, to: destinationLayout))
    }
    primitive.run([
      .init(DNNL_ARG_FROM, source, sourceLayout), .init(DNNL_ARG_TO, destination, destinationLayout),
    ])
  }
}
