import COneDNN

/// Attributes of a oneDNN primitive whose sums go through an addition and an activation before they are stored.
@safe final class FusedAttributes {
  let handle: OpaquePointer

  /// Role of what is added.
  static let addendRole = DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1

  /// Attributes of a sum to which something that lies as `addend` is added, if anything.
  init(adding addend: Layout?, _ activation: PlaneActivation) {
    var (attributes, operations): (OpaquePointer?, OpaquePointer?) = (nil, nil)
    unsafe check(dnnl_primitive_attr_create(&attributes), "dnnl_primitive_attr_create")
    unsafe check(dnnl_post_ops_create(&operations), "dnnl_post_ops_create")
    guard let attributes = unsafe attributes, let operations = unsafe operations else {
      preconditionFailure("dnnl_primitive_attr_create: no attributes")
    }
    defer { unsafe dnnl_post_ops_destroy(operations) }
    if let addend {
      unsafe check(
        dnnl_post_ops_append_binary(operations, dnnl_binary_add, &addend.descriptor), "dnnl_post_ops_append_binary")
    }
    switch activation {
    case .identity: break
    case .relu: unsafe Self.append(dnnl_eltwise_relu, bound: 0, to: operations)
    case .relu6: unsafe Self.append(dnnl_eltwise_bounded_relu, bound: 6, to: operations)
    case .gelu: unsafe Self.append(dnnl_eltwise_gelu_erf, bound: 0, to: operations)
    case .tanh: unsafe Self.append(dnnl_eltwise_tanh, bound: 0, to: operations)
    }
    unsafe check(dnnl_primitive_attr_set_post_ops(attributes, operations), "dnnl_primitive_attr_set_post_ops")
    unsafe check(
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
      "dnnl_primitive_attr_set_scratchpad_mode")
    unsafe handle = unsafe attributes
  }

  deinit { unsafe dnnl_primitive_attr_destroy(handle) }

  private static func append(_ kind: dnnl_alg_kind_t, bound: Float, to operations: OpaquePointer) {
    unsafe check(dnnl_post_ops_append_eltwise(operations, 1, kind, bound, 0), "dnnl_post_ops_append_eltwise")
  }
}
