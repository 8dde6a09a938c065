import COneDNN
import Synchronization

/// oneDNN's CPU engine and the one stream that all primitives of the process run on.
enum OneDNN {
  /// Sound without isolation: set once, and oneDNN's engines may be shared by threads.
  nonisolated(unsafe) static let engine: OpaquePointer = {
    var engine: OpaquePointer?
    unsafe check(dnnl_engine_create(&engine, dnnl_cpu, 0), "dnnl_engine_create")
    guard let engine = unsafe engine else { preconditionFailure("dnnl_engine_create: no engine") }
    return unsafe engine
  }()

  /// Sound without isolation: a CPU stream runs each primitive to its end within the call and keeps no state.
  nonisolated(unsafe) static let stream: OpaquePointer = {
    var stream: OpaquePointer?
    unsafe check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue), "dnnl_stream_create")
    guard let stream = unsafe stream else { preconditionFailure("dnnl_stream_create: no stream") }
    return unsafe stream
  }()

  /// Attributes of every primitive: the caller hands in the working memory.
  ///
  /// Sound without isolation: set once, then only read.
  nonisolated(unsafe) static let attributes: OpaquePointer = {
    var attributes: OpaquePointer?
    unsafe check(dnnl_primitive_attr_create(&attributes), "dnnl_primitive_attr_create")
    guard let attributes = unsafe attributes else { preconditionFailure("dnnl_primitive_attr_create: no attributes") }
    unsafe check(
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
      "dnnl_primitive_attr_set_scratchpad_mode"
    )
    return unsafe attributes
  }()
}

/// Stops on a oneDNN status other than success: the caller passed shapes that the library cannot take.
func check(_ status: dnnl_status_t, _ call: @autoclosure () -> String) {
  precondition(status == dnnl_success, "\(call()): oneDNN status \(status.rawValue)")
}

/// How a tensor's elements lie in memory, as oneDNN describes it.
///
/// There is one object a layout, so identity is equality.
///
/// Sound as `Sendable`: never changed after it is made; `descriptor` is a `var` only to be passed by address.
final class Layout: @unchecked Sendable {
  @safe var descriptor: dnnl_memory_desc_t
  /// Bytes of a tensor in this layout, padding included.
  let bytes: Int
  /// Whether this is plain row-major order without padding.
  let isPlain: Bool
  /// Extents of the axes, outermost first.
  let extents: [Int]

  private init(_ descriptor: dnnl_memory_desc_t, isPlain: Bool) {
    self.descriptor = descriptor
    var copy = descriptor
    self.bytes = unsafe dnnl_memory_desc_get_size(&copy)
    self.extents = extentsOf(descriptor)
    self.isPlain = isPlain
  }

  /// The one object for `descriptor`.
  static func interned(_ descriptor: dnnl_memory_desc_t) -> Layout {
    known.withLock { layouts in
      var wanted = descriptor
      for layout in layouts where unsafe dnnl_memory_desc_equal(&layout.descriptor, &wanted) != 0 { return layout }
      var plain = plainDescriptor(extentsOf(descriptor))
      let layout = Layout(descriptor, isPlain: unsafe dnnl_memory_desc_equal(&plain, &wanted) != 0)
      layouts.append(layout)
      return layout
    }
  }

  /// Row-major layout for a tensor of single-precision numbers.
  static func plain(_ extents: [Int]) -> Layout {
    interned(plainDescriptor(extents))
  }

  private static let known = Mutex<[Layout]>([])
}

/// Row-major descriptor of single-precision numbers.
func plainDescriptor(_ extents: [Int]) -> dnnl_memory_desc_t {
  var strides = [dnnl_dim_t](repeating: 1, count: extents.count)
  for axis in stride(from: extents.count - 2, through: 0, by: -1) {
    strides[axis] = strides[axis + 1] * dnnl_dim_t(extents[axis + 1])
  }
  var descriptor = dnnl_memory_desc_t()
  let dimensions = extents.map { dnnl_dim_t($0) }
  unsafe check(
    dnnl_memory_desc_init_by_strides(&descriptor, Int32(extents.count), dimensions, dnnl_f32, strides),
    "dnnl_memory_desc_init_by_strides"
  )
  return descriptor
}

/// Descriptor that leaves the layout to the primitive.
func anyDescriptor(_ extents: [Int]) -> dnnl_memory_desc_t {
  var descriptor = dnnl_memory_desc_t()
  let dimensions = extents.map { dnnl_dim_t($0) }
  unsafe check(
    dnnl_memory_desc_init_by_tag(&descriptor, Int32(extents.count), dimensions, dnnl_f32, dnnl_format_tag_any),
    "dnnl_memory_desc_init_by_tag"
  )
  return descriptor
}

private func extentsOf(_ descriptor: dnnl_memory_desc_t) -> [Int] {
  unsafe withUnsafeBytes(of: descriptor.dims) { bytes in
    let dimensions = unsafe bytes.bindMemory(to: dnnl_dim_t.self)
    return (0..<Int(descriptor.ndims)).map { unsafe Int(dimensions[$0]) }
  }
}
