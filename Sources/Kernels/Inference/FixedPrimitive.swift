import COneDNN

/// A oneDNN primitive of a frozen network, whose weights and working memory stay where they are from run to run.
@safe final class FixedPrimitive {
  private let handle: OpaquePointer
  private let constants: [dnnl_exec_arg_t]
  /// Held for as long as the primitive reads it.
  private let storages: [Storage]

  init(_ descriptor: PrimitiveDescriptor, constants operands: [Primitive.Argument]) {
    var handle: OpaquePointer?
    unsafe check(dnnl_primitive_create(&handle, descriptor.handle), "dnnl_primitive_create")
    guard let handle = unsafe handle else { preconditionFailure("dnnl_primitive_create: no primitive") }
    unsafe self.handle = unsafe handle
    var operands = operands
    if let scratch = descriptor.scratch {
      operands.append(.init(DNNL_ARG_SCRATCHPAD, Storage(bytes: scratch.bytes), scratch))
    }
    storages = operands.map(\.storage)
    unsafe constants = unsafe operands.map { operand in
      unsafe dnnl_exec_arg_t(arg: operand.role, memory: operand.storage.block.memory(operand.layout))
    }
  }

  deinit { unsafe dnnl_primitive_destroy(handle) }

  /// Runs the primitive to its end; the operands are oneDNN's numbers of the roles with handles of memory.
  func run(
    _ input: (role: Int32, memory: OpaquePointer), _ output: (role: Int32, memory: OpaquePointer),
    _ added: (role: Int32, memory: OpaquePointer)? = nil
  ) {
    let next = unsafe constants.count
    let count = unsafe next + (added == nil ? 2 : 3)
    unsafe withUnsafeTemporaryAllocation(of: dnnl_exec_arg_t.self, capacity: count) { list in
      for index in 0..<next {
        unsafe list.initializeElement(at: index, to: constants[index])
      }
      unsafe list.initializeElement(at: next, to: dnnl_exec_arg_t(arg: input.role, memory: input.memory))
      unsafe list.initializeElement(at: next + 1, to: dnnl_exec_arg_t(arg: output.role, memory: output.memory))
      if let added = unsafe added {
        unsafe list.initializeElement(at: next + 2, to: dnnl_exec_arg_t(arg: added.role, memory: added.memory))
      }
      unsafe check(
        dnnl_primitive_execute(handle, OneDNN.stream, Int32(count), list.baseAddress), "dnnl_primitive_execute")
    }
    unsafe check(dnnl_stream_wait(OneDNN.stream), "dnnl_stream_wait")
  }
}
