import COneDNN

/// A oneDNN primitive: compiled code for one operation on fixed shapes and layouts.
///
/// Sound as `Sendable`: oneDNN primitives do not change when they run.
@safe final class Primitive: @unchecked Sendable {
  private let handle: OpaquePointer
  /// Working memory that a run needs; nil for none.
  ///
  /// It is handed in at each run: memory that oneDNN keeps itself belongs to the thread that made the primitive.
  private let scratch: Layout?

  /// The primitive that `descriptor` describes; the descriptor stays the caller's.
  init(_ descriptor: PrimitiveDescriptor) {
    var handle: OpaquePointer?
    unsafe check(dnnl_primitive_create(&handle, descriptor.handle), "dnnl_primitive_create")
    guard let handle = unsafe handle else { preconditionFailure("dnnl_primitive_create: no primitive") }
    unsafe self.handle = unsafe handle
    self.scratch = descriptor.scratch
  }

  deinit { unsafe dnnl_primitive_destroy(handle) }

  /// Runs the primitive to its end.
  func run(_ operands: [Argument]) {
    var arguments = operands
    if let scratch { arguments.append(Argument(DNNL_ARG_SCRATCHPAD, Storage(bytes: scratch.bytes), scratch)) }
    let list = unsafe arguments.map { argument in
      unsafe dnnl_exec_arg_t(arg: argument.role, memory: argument.storage.block.memory(argument.layout))
    }
    unsafe check(dnnl_primitive_execute(handle, OneDNN.stream, Int32(list.count), list), "dnnl_primitive_execute")
    unsafe check(dnnl_stream_wait(OneDNN.stream), "dnnl_stream_wait")
  }

  /// One operand: oneDNN's number for its role, and where it lies.
  struct Argument {
    let role: Int32
    /// Held, so that a temporary's memory is not given to the next one before the primitive has run.
    let storage: Storage
    let layout: Layout

    init(_ role: Int32, _ storage: Storage, _ layout: Layout) {
      self.role = role
      self.storage = storage
      self.layout = layout
    }
  }
}

/// A oneDNN primitive descriptor: the implementation that oneDNN chose for an operation, and the layouts it wants.
///
/// Sound as `Sendable`: only queried after it is made.
@safe final class PrimitiveDescriptor: @unchecked Sendable {
  let handle: OpaquePointer

  /// Descriptor of the operation at the address `operation`; backward operations take the forward pass's as `hint`.
  init(
    _ operation: const_dnnl_op_desc_t, attributes: OpaquePointer = unsafe OneDNN.attributes,
    hint: PrimitiveDescriptor? = nil, name: String
  ) {
    var handle: OpaquePointer?
    unsafe check(
      dnnl_primitive_desc_create(&handle, operation, attributes, OneDNN.engine, hint?.handle),
      "dnnl_primitive_desc_create for \(name)"
    )
    guard let handle = unsafe handle else { preconditionFailure("dnnl_primitive_desc_create: no descriptor") }
    unsafe self.handle = unsafe handle
  }

  /// Descriptor of the copy from one layout to another.
  init(reorderFrom source: Layout, to destination: Layout) {
    var handle: OpaquePointer?
    unsafe check(
      dnnl_reorder_primitive_desc_create(
        &handle, &source.descriptor, OneDNN.engine, &destination.descriptor, OneDNN.engine,
        OneDNN.attributes),
      "dnnl_reorder_primitive_desc_create"
    )
    guard let handle = unsafe handle else { preconditionFailure("dnnl_reorder_primitive_desc_create: no descriptor") }
    unsafe self.handle = unsafe handle
  }

  deinit { unsafe dnnl_primitive_desc_destroy(handle) }

  /// Working memory that a run needs; nil for none.
  var scratch: Layout? {
    let layout = layout(dnnl_query_scratchpad_md)
    return layout.bytes == 0 ? nil : layout
  }

  /// Layout that the implementation wants for one operand.
  func layout(_ query: dnnl_query_t, _ index: Int32 = 0) -> Layout {
    guard let descriptor = unsafe dnnl_primitive_desc_query_md(handle, query, index) else {
      preconditionFailure("dnnl_primitive_desc_query_md: no such operand")
    }
    return unsafe Layout.interned(descriptor.pointee)
  }
}
